import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What the built package exports; `dist` may be of another revision. */
export type Package = typeof import('../../../src/index.js')

/** The package built in a `dist` folder. */
export async function importPackage(dist: string): Promise<Package> {
  return import(pathToFileURL(join(dist, 'index.js')).href)
}
