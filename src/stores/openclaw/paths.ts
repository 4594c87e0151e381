import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { SessionsError } from '../../errors.js'

/** Longest file name that file systems take, in bytes. */
const MAX_NAME_BYTES = 255
const AGENT_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/
const AGENT_PLACEHOLDER = '{agentId}'
const SIBLING = /(?:^|[/\\])agents[/\\]([^/\\]+)[/\\]sessions[/\\]([^/\\]+)$/

/** A file by its folder and plain name. */
export interface FilePlace {
  readonly dir: string
  readonly name: string
}

/** Where the stores are, as `session.store` of the gateway's configuration says. Source: formats 2026.4 §1. */
export type StoreLayout =
  | { readonly kind: 'agents' }
  /** One file; `agent` is whose store it is, `null` for all agents. */
  | { readonly kind: 'one'; readonly file: FilePlace; readonly agent: string | null }
  | {
      readonly kind: 'template'
      /** The folder whose children are named after agents. */
      readonly base: string
      /** The agent that a child's name stands for, or `null`. */
      agentOf(child: string): string | null
      fileOf(agent: string): FilePlace
    }

/**
 * Every path of this store is made here, and names that come from a store or a listing pass `plainName`. What a path
 * really leads to is asked by `leavesRoot` for folders, and by opening files without following links.
 */
export class StatePaths {
  readonly root: string
  readonly config: FilePlace
  /** One folder per agent. */
  readonly agents: string
  /** Transcripts of releases that knew no agents. */
  readonly legacySessions: string
  /** The one store that is served, wherever it is; `null`: those of the layout. */
  readonly only: FilePlace | null
  readonly #home: string
  /** Of folders: there are few of them, and many files in each. */
  readonly #identities = new Map<string, string>()

  constructor(stateDir: string, home: string, configPath?: string, storePath?: string) {
    this.root = resolve(stateDir)
    this.agents = join(this.root, 'agents')
    this.legacySessions = join(this.root, 'sessions')
    this.config = placeOf(resolve(configPath ?? join(this.root, 'openclaw.json')))
    this.#home = home
    this.only = storePath === undefined ? null : placeOf(resolve(storePath))
  }

  sessionsDir(agent: string): string {
    return join(this.agents, agentId(agent), 'sessions')
  }

  storeOf(agent: string): FilePlace {
    return { dir: this.sessionsDir(agent), name: 'sessions.json' }
  }

  /** Where releases from 2026.8 on keep an agent's sessions. Source: formats openclaw-sqlite §1. */
  databaseOf(agent: string): FilePlace {
    return { dir: join(this.agents, agentId(agent), 'agent'), name: 'openclaw-agent.sqlite' }
  }

  /** Where those releases keep what is the gateway's own. Source: formats openclaw-sqlite §2.6. */
  get stateDatabase(): FilePlace {
    return { dir: join(this.root, 'state'), name: 'openclaw.sqlite' }
  }

  /** Which stores are served, where `session.store` has this setting. */
  layout(setting: string | null): StoreLayout {
    if (this.only === null) return this.configuredLayout(setting)
    const { agent = null } = siblingOf(pathOf(this.only)) ?? {}
    return { kind: 'one', file: this.only, agent }
  }

  /** Reads a `session.store` setting; a relative path starts at the state directory. */
  configuredLayout(setting: string | null): StoreLayout {
    if (setting === null) return { kind: 'agents' }
    const path = resolve(this.root, setting.replace(/^~(?=$|[/\\])/, this.#home))
    if (!path.includes(AGENT_PLACEHOLDER)) return { kind: 'one', file: placeOf(path), agent: null }
    const parts = path.split(sep)
    const index = parts.findIndex((part) => part.includes(AGENT_PLACEHOLDER))
    const child = new RegExp(
      `^${(parts[index] as string).split(AGENT_PLACEHOLDER).map(literal).join('([a-z0-9_-]+)')}$`,
    )
    return {
      kind: 'template',
      base: parts.slice(0, index).join(sep) || sep,
      agentOf: (name) => {
        const agent = child.exec(name)?.[1]
        return agent !== undefined && isAgentId(agent) ? agent : null
      },
      fileOf: (agent) => placeOf(path.replaceAll(AGENT_PLACEHOLDER, agentId(agent))),
    }
  }

  /** What names a file wherever the state directory is mounted. */
  identity({ dir, name }: FilePlace): string {
    let folder = this.#identities.get(dir)
    if (folder === undefined) {
      folder = relative(this.root, dir).split(sep).join('/')
      this.#identities.set(dir, folder)
    }
    return folder === '' ? name : `${folder}/${name}`
  }
}

export function isAgentId(name: string): boolean {
  return AGENT_ID.test(name)
}

/** True for a name that stays in its folder. */
export function isPlainName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !/[/\\\0]/.test(name) &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES
  )
}

/** The path of a file. Throws `internal` for a name that would leave its folder. */
export function pathOf({ dir, name }: FilePlace): string {
  if (!isPlainName(name))
    throw new SessionsError('internal', 'A file name must not leave its folder.')
  return join(dir, name)
}

/** The folder of the prompts that entries of a store share, and a prompt's place in it. Source: formats 2026.5 §1.2. */
export function promptsDir(dir: string): string {
  return join(dir, 'skills-prompts', 'sha256')
}

/** A prompt's name in an inventory; `null` for what is no hash. */
export function promptName(hash: string): string | null {
  return /^[0-9a-f]{64}$/.test(hash)
    ? `skills-prompts/sha256/${hash.slice(0, 2)}/${hash}.txt`
    : null
}

/** The path of a file that an inventory names: plain, or a prompt. Throws as `pathOf` does. */
export function inventoryPath(dir: string, name: string): string {
  const [, hash] = PROMPT.exec(name) ?? []
  if (hash === undefined) return pathOf({ dir, name })
  return join(promptsDir(dir), hash.slice(0, 2), `${hash}.txt`)
}

const PROMPT = /^skills-prompts\/sha256\/[0-9a-f]{2}\/([0-9a-f]{64})\.txt$/

/**
 * Where gateways with one of these configurations keep their own locks, by user: there can be one gateway for each
 * configuration. `undefined`: the system knows no users. Source: OpenClaw 2026.5.28, its `gateway run`.
 */
export function gatewayLocks(
  temporary: string,
  users: readonly (number | undefined)[],
  configs: readonly string[],
): string[] {
  const names = configs.map((path) => createHash('sha256').update(path).digest('hex').slice(0, 8))
  return [...new Set(users)].flatMap((user) =>
    [...new Set(names)].map((name) =>
      join(temporary, user === undefined ? 'openclaw' : `openclaw-${user}`, `gateway.${name}.lock`),
    ),
  )
}

/** The last part of a path that another machine may have written, or `null` when it is no name. */
export function baseNameOf(recorded: string): string | null {
  const name = recorded.slice(Math.max(recorded.lastIndexOf('/'), recorded.lastIndexOf('\\')) + 1)
  return isPlainName(name) ? name : null
}

/** Agent and file name of a recorded `…/agents/<id>/sessions/<file>` path, wherever its state directory was. */
export function siblingOf(recorded: string): { agent: string; name: string } | null {
  const [, agent = '', name = ''] = SIBLING.exec(recorded) ?? []
  return isAgentId(agent) && isPlainName(name) ? { agent, name } : null
}

/** The state directory that a store file is of, by the form of its path, or `null`. */
export function stateDirOf({ dir, name }: FilePlace): string | null {
  return siblingOf(join(dir, name)) === null ? null : resolve(dir, '../../..')
}

/** A path that begins at the root, without detours; `null` for any other text. */
export function wholePath(text: string): string | null {
  return isAbsolute(text) ? resolve(text) : null
}

/** The folder of a bundle and those above it that may have to be made, from the workspace down. */
export interface BundlePlace {
  readonly workspace: string
  /** `.openclaw`, `trajectory-exports`, and each part of the output's name; the last is the bundle's own. */
  readonly folders: readonly string[]
  /** The bundle's own, from the workspace on. */
  readonly displayPath: string
}

/** Where a bundle of this name goes; `null` for a name that leads out of the folder of bundles. Source: formats 2026.5 §2. */
export function bundlePlace(workspace: string, output: string): BundlePlace | null {
  const root = resolve(workspace)
  const parts = output.split('/').filter((part) => part !== '' && part !== '.')
  const isInside = parts.length > 0 && parts.every(isPlainName)
  if (!isInside || isAbsolute(output) || output.startsWith('~')) return null
  const names = ['.openclaw', 'trajectory-exports', ...parts]
  const folders = names.map((_name, at) => join(root, ...names.slice(0, at + 1)))
  return { workspace: root, folders, displayPath: join(...names) }
}

/** Where a folder is when links are followed, and where it would be in this one. Throws what `realpath` throws. */
export async function isBelow(folder: string, workspace: string): Promise<boolean> {
  const [real, root] = await Promise.all([realpath(folder), realpath(workspace)])
  return real === join(root, relative(workspace, folder))
}

/** True when a folder is really outside of its root, by a link on the way. Throws what `realpath` throws. */
export async function leavesRoot(dir: string, root: string): Promise<boolean> {
  const [realDir, realRoot] = await Promise.all([realpath(dir), realpath(root)])
  return (
    realDir !== realRoot && !realDir.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)
  )
}

/** A path that somebody wrote down, as a place; `null` unless it is absolute and has no `..`, doubled slash or NUL in it. */
export function plainAbsolute(path: string): FilePlace | null {
  if (path.includes('\0') || !isAbsolute(path) || resolve(path) !== path) return null
  const place = placeOf(path)
  return isPlainName(place.name) ? place : null
}

/** True when no part of a folder's path is a link. Throws what `realpath` throws. */
export async function isRealFolder(dir: string): Promise<boolean> {
  return (await realpath(dir)) === dir
}

function placeOf(path: string): FilePlace {
  return { dir: dirname(path), name: basename(path) }
}

function agentId(agent: string): string {
  if (isAgentId(agent)) return agent
  throw new SessionsError('internal', 'An agent id must be of its grammar to name a folder.')
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
