import { lstat, readdir, stat } from 'node:fs/promises'
import { systemCode } from '../../../system/system-code.js'
import { GONE } from '../../../system/unreadable.js'
import {
  type FilePlace,
  isAgentId,
  leavesRoot,
  pathOf,
  type StatePaths,
  type StoreLayout,
} from '../paths.js'

/** A place where a `sessions.json` is, or may appear. */
export interface StoreSpot {
  /** Whose store it is; `null` for one that agents share. */
  readonly agent: string | null
  readonly file: FilePlace
  /** What the folder must really be inside of. */
  readonly root: string
}

export interface Discovery {
  readonly spots: readonly StoreSpot[]
  /** Agents that have a folder under `agents/`, whether or not their store is there. */
  readonly agents: readonly string[]
  /** Those of them that have something where an SQLite database would be. */
  readonly sqlite: readonly string[]
  /** Agents whose folder is not read because a link leads elsewhere. */
  readonly refused: readonly string[]
  /**
   * Folders of agents that could not be listed, with the system's code, or `GONE`: what was seen in them before may still
   * be there.
   */
  readonly unseen: ReadonlyMap<string, string>
  /** Devices of the folders that agents were found in. */
  readonly devices: ReadonlyMap<string, bigint>
  readonly stateDirMissing: boolean
}

/**
 * Finds every store that a layout has, configured or not: a folder is enough. `known`: devices of an earlier time, to
 * tell a folder that is gone from one that never was. Source: formats 2026.4 §1.
 */
export async function discover(
  layout: StoreLayout,
  paths: StatePaths,
  known: Discovery['devices'] = new Map(),
): Promise<Discovery> {
  const own = await listAgents(paths.agents, (name) => (isAgentId(name) ? name : null), known)
  const inAgents = [...own.agents].map((agent) => ({
    agent,
    file: paths.storeOf(agent),
    root: paths.agents,
  }))
  const seen = {
    agents: [...own.agents],
    sqlite: await sqliteAgents(own.agents, paths),
    refused: own.refused,
    unseen: own.unseen,
    devices: own.devices,
    stateDirMissing: own.unseen.size > 0 && (await isMissing(paths.root)),
  }
  if (layout.kind === 'agents') return { ...seen, spots: inAgents }
  if (layout.kind === 'one') {
    const { agent, file } = layout
    return { ...seen, spots: [{ agent, file, root: file.dir }] }
  }
  const templated = await listAgents(layout.base, layout.agentOf, known)
  const spots = [...templated.agents].map((agent) => ({
    agent,
    file: layout.fileOf(agent),
    root: layout.base,
  }))
  return {
    ...seen,
    refused: [...new Set([...own.refused, ...templated.refused])],
    unseen: new Map([...own.unseen, ...templated.unseen]),
    devices: new Map([...own.devices, ...templated.devices]),
    spots: [...spots, ...inAgents.filter(({ agent }) => !templated.agents.has(agent))],
  }
}

type Listed = Pick<Discovery, 'devices' | 'refused' | 'unseen'> & {
  readonly agents: ReadonlySet<string>
}

/** Never throws what the system refuses: it is told as `unseen`. */
async function listAgents(
  base: string,
  agentOf: (name: string) => string | null,
  known: Discovery['devices'],
): Promise<Listed> {
  const agents = new Set<string>()
  const refused: string[] = []
  const unseen = (code: string): Listed => ({
    agents: new Set(),
    refused,
    unseen: new Map([[base, code]]),
    devices: new Map(),
  })
  try {
    const { dev } = await stat(base, { bigint: true })
    for (const child of await readdir(base, { withFileTypes: true })) {
      const agent = agentOf(child.name)
      if (agent === null) continue
      if (child.isSymbolicLink() && (await isElsewhere(base, child.name))) refused.push(agent)
      else agents.add(agent)
    }
    const former = known.get(base)
    // An unmounted volume leaves the empty folder that it was mounted on, which is of another device.
    if (agents.size === 0 && former !== undefined && former !== dev) return unseen(GONE)
    const devices = new Map(agents.size === 0 ? [] : [[base, dev]])
    return { agents: new Set([...agents].sort()), refused, unseen: new Map(), devices }
  } catch (error) {
    const code = systemCode(error)
    if (code === null) throw error
    return unseen(ABSENT.has(code) && known.has(base) ? GONE : code)
  }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR'])

/** A link that cannot be followed now may lead to where it should; one that leads nowhere, or in a circle, does not. */
async function isElsewhere(base: string, name: string): Promise<boolean> {
  try {
    return await leavesRoot(pathOf({ dir: base, name }), base)
  } catch (error) {
    const code = systemCode(error)
    if (code === null) throw error
    return ABSENT.has(code) || code === 'ELOOP'
  }
}

/** Whatever is in the place of a database: who opens it says what is wrong with it. Source: formats openclaw-sqlite §1, §2. */
async function sqliteAgents(agents: Iterable<string>, paths: StatePaths): Promise<string[]> {
  const found = await Promise.all(
    [...agents].map(async (agent) =>
      (await isThere(pathOf(paths.databaseOf(agent)))) ? [agent] : [],
    ),
  )
  return found.flat()
}

/** A folder that may not be entered may have a database in it. */
async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error) => !ABSENT.has(systemCode(error) ?? ''),
  )
}

async function isMissing(dir: string): Promise<boolean> {
  return stat(dir).then(
    () => false,
    (error) => systemCode(error) === 'ENOENT',
  )
}
