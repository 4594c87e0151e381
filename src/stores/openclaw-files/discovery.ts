import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { systemCode } from '../../system/system-code.js'
import {
  type FilePlace,
  isAgentId,
  leavesRoot,
  pathOf,
  type StatePaths,
  type StoreLayout,
} from './paths.js'

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
  /** Agent folders that are not read because a link leads them elsewhere. */
  readonly refused: number
  /** Folders of agents that could not be listed, with the system's code: what was seen in them before may still be there. */
  readonly unseen: ReadonlyMap<string, string>
  readonly stateDirMissing: boolean
}

/** Finds every store that a layout has, configured or not: a folder is enough. Source: formats 2026.4 §1. */
export async function discover(layout: StoreLayout, paths: StatePaths): Promise<Discovery> {
  const own = await listAgents(paths.agents, (name) => (isAgentId(name) ? name : null))
  const inAgents = [...own.agents].map((agent) => ({
    agent,
    file: paths.storeOf(agent),
    root: paths.agents,
  }))
  const seen = {
    agents: [...own.agents],
    refused: own.refused,
    unseen: own.unseen,
    stateDirMissing: own.unseen.size > 0 && (await isMissing(paths.root)),
  }
  if (layout.kind === 'agents') return { ...seen, spots: inAgents }
  if (layout.kind === 'one') {
    const { agent, file } = layout
    return { ...seen, spots: [{ agent, file, root: file.dir }] }
  }
  const templated = await listAgents(layout.base, layout.agentOf)
  const spots = [...templated.agents].map((agent) => ({
    agent,
    file: layout.fileOf(agent),
    root: layout.base,
  }))
  return {
    ...seen,
    refused: own.refused + templated.refused,
    unseen: new Map([...own.unseen, ...templated.unseen]),
    spots: [...spots, ...inAgents.filter(({ agent }) => !templated.agents.has(agent))],
  }
}

async function listAgents(base: string, agentOf: (name: string) => string | null) {
  const agents = new Set<string>()
  let refused = 0
  const listed = await list(base)
  for (const child of listed.children) {
    const agent = agentOf(child.name)
    if (agent === null) continue
    if (child.isSymbolicLink() && (await isElsewhere(base, child.name))) refused += 1
    else agents.add(agent)
  }
  return { agents, refused, unseen: listed.unseen }
}

async function list(
  base: string,
): Promise<{ children: Dirent[]; unseen: ReadonlyMap<string, string> }> {
  try {
    const children = await readdir(base, { withFileTypes: true })
    children.sort((a, b) => (a.name < b.name ? -1 : 1))
    return { children, unseen: new Map() }
  } catch (error) {
    const code = systemCode(error)
    if (code === null) throw error
    return { children: [], unseen: new Map([[base, code]]) }
  }
}

async function isElsewhere(base: string, name: string): Promise<boolean> {
  try {
    return await leavesRoot(pathOf({ dir: base, name }), base)
  } catch {
    // It leads nowhere, or in a circle.
    return true
  }
}

async function isMissing(dir: string): Promise<boolean> {
  return stat(dir).then(
    () => false,
    (error) => systemCode(error) === 'ENOENT',
  )
}
