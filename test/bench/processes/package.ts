import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What the built package exports; `dist` may be of another revision. */
export type Package = typeof import('../../../src/index.js')

/** The package built in a `dist` folder. */
export async function importPackage(dist: string): Promise<Package> {
  return import(pathToFileURL(join(dist, 'index.js')).href)
}

/** The program of the built package, wherever that revision has it. */
export function programOf(dist: string): string {
  const { bin } = JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8'))
  return join(dist, '..', bin['openclaw-sessions'])
}
