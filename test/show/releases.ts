import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { Release } from '../openclaw/release.js'

/** What `test/openclaw/install.mjs` offers; it is a script, and not compiled with this. */
interface Installer {
  readonly RELEASES: readonly unknown[]
  installNode(say: (text: string) => void): Promise<string>
  installRelease(release: unknown, say: (text: string) => void): Promise<string>
}

const Named = z.looseObject({ version: z.string() })

const say = (text: string) => void process.stderr.write(`${text}\n`)

/** The releases that `npm run test:openclaw` tests, from the same cache folder. */
export const releases = {
  /** Installs it where it is not there yet. Throws for a version that is not tested. */
  async install(version: string): Promise<Release> {
    const path = pathToFileURL(resolve('test/openclaw/install.mjs')).href
    const { installNode, installRelease, RELEASES }: Installer = await import(path)
    const release = RELEASES.map((one) => Named.parse(one)).find((one) => one.version === version)
    if (release === undefined) throw new RangeError(`${version} is not tested`)
    const node = await installNode(say)
    return Release.parse({ ...release, node, entry: await installRelease(release, say) })
  },
}
