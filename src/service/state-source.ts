import { access, constants, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Config } from '../config/config.js'
import { SessionsError } from '../errors.js'

/** Where the sessions come from. */
export type StateSource =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'demo' }

/**
 * What to serve: the demo when asked for; else the state directory that is set, even when nothing is in it yet; else
 * `~/.openclaw` if it has agents; else the demo. Throws `invalid_setting` when the directory that was set does not exist
 * (never silently the demo), `unavailable` when it cannot be read.
 */
export async function chooseStateSource(
  { demo, stateDir }: Pick<Config, 'demo' | 'stateDir'>,
  home = homedir(),
): Promise<StateSource> {
  if (demo) return { kind: 'demo' }
  if (stateDir !== undefined) return directory(expandHome(stateDir, home))
  const usual = join(home, '.openclaw')
  const agents = await look(join(usual, 'agents'))
  if (agents === 'absent' || agents === 'file') return { kind: 'demo' }
  return directory(usual)
}

async function directory(path: string): Promise<StateSource> {
  const found = await look(path)
  if (found === 'absent' || found === 'file')
    throw new SessionsError(
      'invalid_setting',
      `OPENCLAW_STATE_DIR: ${path} ${found === 'file' ? 'is not a directory' : 'does not exist'}; name an existing OpenClaw state directory, or unset it to serve ~/.openclaw or the demo.`,
      { details: { setting: 'OPENCLAW_STATE_DIR' } },
    )
  await requireReadable(path)
  const agents = join(path, 'agents')
  if ((await look(agents)) === 'directory') await requireReadable(agents)
  return { kind: 'directory', path }
}

/** The path of a store file that a user named. Throws `invalid_parameter` where there is none. */
export async function storeFile(named: string, home = homedir()): Promise<string> {
  const path = expandHome(named, home)
  const found = await stat(path).catch(() => null)
  if (found?.isFile()) return path
  throw new SessionsError(
    'invalid_parameter',
    `--store: ${path} is no file: name the sessions.json of an agent.`,
  )
}

/** Unreadable ones are not absent: they must not lead to the demo. */
async function look(path: string): Promise<'directory' | 'file' | 'absent' | 'unreadable'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : 'unreadable'
  }
}

async function requireReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK | constants.X_OK)
  } catch (cause) {
    throw new SessionsError(
      'unavailable',
      `The state directory ${path} cannot be read by this user; give it read access, or set OPENCLAW_STATE_DIR to another one.`,
      { cause },
    )
  }
}

function expandHome(path: string, home: string): string {
  return resolve(path.replace(/^~(?=$|\/)/, home))
}
