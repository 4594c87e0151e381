import { lstat, mkdir, rm, stat } from 'node:fs/promises'
import { SessionsError } from '../../../errors.js'
import { type BundlePlace, bundlePlace, isBelow } from '../paths.js'
import { unless, writeProblem } from '../writing/system-error.js'

/** For its owner alone: a bundle holds what was said. */
const MODE = 0o700

/** A folder that was made for a bundle, and is empty. */
export interface BundleFolder {
  readonly path: string
  /** As a whole path. */
  readonly workspace: string
  readonly displayPath: string
}

/**
 * Makes the folder of a bundle. Nothing that stands in the way is followed or replaced: throws `invalid_parameter` for a
 * name that leads elsewhere, `impossible_state` for a link, a file, or a bundle of that name.
 */
export async function makeBundleFolder(workspace: string, output: string): Promise<BundleFolder> {
  const place = bundlePlace(workspace, output)
  if (place === null)
    throw new SessionsError(
      'invalid_parameter',
      'The output must be the name of a folder inside .openclaw/trajectory-exports of the workspace, without `..`, `~` or a leading slash.',
      { details: { parameter: 'output' } },
    )
  await assertFolder(place.workspace)
  try {
    return await make(place)
  } catch (error) {
    throw writeProblem('The bundle', error)
  }
}

async function assertFolder(workspace: string): Promise<void> {
  const found = await stat(workspace).catch(() => null)
  if (found?.isDirectory()) return
  throw new SessionsError(
    'invalid_parameter',
    `The workspace ${workspace} is no folder: name one that is there.`,
    { details: { parameter: 'workspace' } },
  )
}

async function make({ displayPath, folders, workspace }: BundlePlace): Promise<BundleFolder> {
  const path = folders.at(-1) as string
  for (const folder of folders.slice(0, -1)) {
    await unless('EEXIST', mkdir(folder, { mode: MODE }))
    await assertPlain(folder, workspace)
  }
  if (
    (await unless(
      'EEXIST',
      mkdir(path, { mode: MODE }).then(() => true),
    )) === null
  )
    throw inTheWay(displayPath, 'there already: choose another output')
  if (await isBelow(path, workspace)) return { path, workspace, displayPath }
  await rm(path, { recursive: true, force: true })
  throw inTheWay(displayPath, 'reached by a link and would leave the workspace: remove the link')
}

async function assertPlain(folder: string, workspace: string): Promise<void> {
  if ((await lstat(folder)).isDirectory() && (await isBelow(folder, workspace))) return
  throw inTheWay(
    folder.slice(workspace.length + 1),
    'a link or no folder, and bundles must stay inside the workspace: remove it',
  )
}

function inTheWay(name: string, what: string): SessionsError {
  return new SessionsError('impossible_state', `${name} is ${what}.`)
}
