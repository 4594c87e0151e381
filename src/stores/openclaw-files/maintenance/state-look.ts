import { ConfigFile } from '../config-file.js'
import { discover, type StoreSpot } from '../discovery.js'
import type { Surroundings } from '../entry-transcript.js'
import { Folder } from '../folder.js'
import type { GatewayConfig } from '../gateway-config.js'
import { type FilePlace, pathOf, type StatePaths } from '../paths.js'

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
  readonly around: Surroundings
}

/** The stores of a state directory as they are now, its folders listed. Nothing is kept or watched. */
export async function lookAt(paths: StatePaths): Promise<LookedSpot[]> {
  const config = new ConfigFile(paths.config)
  await config.refresh()
  const { current } = config
  const discovery = await discover(paths.layout(current.store), paths)
  const others = paths.only === null ? [] : await othersOf(paths, paths.only, current.store)
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
): Promise<readonly StoreSpot[]> {
  const { spots } = await discover(paths.configuredLayout(setting), paths)
  return spots.filter(({ file }) => pathOf(file) !== pathOf(only))
}
