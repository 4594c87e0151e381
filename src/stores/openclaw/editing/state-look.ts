import { unreadable } from '../../../system/unreadable.js'
import { ConfigFile } from '../directory/config-file.js'
import { type Discovery, discover, type StoreSpot } from '../directory/discovery.js'
import { Folder } from '../directory/folder.js'
import type { GatewayConfig } from '../directory/gateway-config.js'
import { type FilePlace, pathOf, type StatePaths, type StoreLayout } from '../paths.js'
import type { EntryContext } from '../sessions-json/entry-transcript.js'

/** Folders that agents were found in, with their devices: one of them that is not there is gone, and not a new one. */
export type KnownFolders = () => Discovery['devices']

/** One store of a state directory, with the folders that its transcripts may be in. */
export interface LookedSpot {
  readonly spot: StoreSpot
  /** False for one that counts only for what its sessions mean: another one is served. */
  readonly served: boolean
  /** To whom keys belong that name no agent. */
  readonly agent: string
  /** Names the store in calls. */
  readonly id: string
  /** The store, as the beginning of a sentence. */
  readonly what: string
  readonly config: GatewayConfig
  readonly around: EntryContext
}

/**
 * The stores of a state directory as they are now, its folders listed. Nothing is kept or watched. Throws
 * `source_unreadable` when its agents cannot be listed: stores that are not seen mean files too.
 */
export async function lookAt(paths: StatePaths, known: KnownFolders): Promise<LookedSpot[]> {
  const config = new ConfigFile(paths.config)
  await config.refresh()
  const { current } = config
  const discovery = await discoverAll(paths.layout(current.store), paths, known())
  const others = paths.only === null ? [] : await othersOf(paths, paths.only, current.store, known)
  const folders = new Map<string, Folder>()
  const folder = async (dir: string, root: string): Promise<Folder> => {
    const known = folders.get(dir)
    if (known !== undefined) return known
    const made = new Folder(dir, root)
    folders.set(dir, made)
    await made.refresh({ all: true, locks: false, names: new Set() })
    return made
  }
  const legacy = await folder(paths.legacySessions, paths.root)
  const agents = new Map<string, Folder>()
  for (const agent of discovery.agents)
    agents.set(agent, await folder(paths.sessionsDir(agent), paths.agents))
  const spots: LookedSpot[] = []
  for (const spot of [...discovery.spots, ...others]) {
    const own = await folder(spot.file.dir, spot.root)
    // A folder that leads elsewhere is not entered.
    if ((await own.enter()) !== null) continue
    spots.push({
      spot,
      served: !others.includes(spot),
      agent: spot.agent ?? current.defaultAgent,
      id: paths.identity(spot.file),
      what: `The session store of ${spot.agent ?? 'all agents'}`,
      config: current,
      around: { own, folderOf: (agent) => agents.get(agent) ?? null, legacy },
    })
  }
  return spots
}

/** Stores of the directory beside the only one that is served: it may share its folder, and files in it, with them. */
async function othersOf(
  paths: StatePaths,
  only: FilePlace,
  setting: string | null,
  known: KnownFolders,
): Promise<readonly StoreSpot[]> {
  const { spots } = await discoverAll(paths.configuredLayout(setting), paths, known())
  return spots.filter(({ file }) => pathOf(file) !== pathOf(only))
}

async function discoverAll(
  layout: StoreLayout,
  paths: StatePaths,
  known: Discovery['devices'],
): Promise<Discovery> {
  const discovery = await discover(layout, paths, known)
  const code = [...discovery.unseen.values()].find((one) => one !== 'ENOENT')
  if (code !== undefined) throw unreadable("The agents' folder", code)
  return discovery
}

/** Throws `source_unreadable` when a folder that an agent's transcripts may be in cannot be listed: it is not an empty one. */
export function assertListed({ folderOf, legacy, own }: EntryContext, agent: string): void {
  for (const folder of [own, folderOf(agent), legacy]) {
    const code = folder?.problem ?? null
    if (code !== null) throw unreadable('The sessions folder', code)
  }
}
