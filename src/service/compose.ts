import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTokenService, isLoopback, makeToken, type TokenService } from '../auth/index.js'
import { type Config, defaultDataDir } from '../config/config.js'
import type { AuditLog } from '../contract/audit.js'
import type { SessionManager } from '../contract/manager.js'
import type { ObservedManager } from '../contract/metrics.js'
import type { Runtime } from '../contract/runtime.js'
import type { Exposure, Idempotency } from '../contract/state.js'
import type { Store } from '../contract/store.js'
import { createSessionManager, type ManagerSettings } from '../core/index.js'
import { startDemoGateway } from '../demo/index.js'
import { type OpenClawGateway, openclawGateway } from '../runtimes/openclaw-gateway/index.js'
import { type DataDirectory, openDataDirectory } from '../state/index.js'
import {
  type OpenClawFilesStore,
  type OpenClawStoresOptions,
  openclawFiles,
  openclawStores,
  type StoreFilePlace,
} from '../stores/openclaw/index.js'
import { Closers } from '../system/closers.js'
import { VERSION } from '../system/version.js'
import { gatewaySource } from './gateway-source.js'
import { chooseStateSource, type StateSource } from './state-source.js'

/** A whole service without a surface. */
export interface Composition {
  readonly manager: SessionManager & ObservedManager
  readonly auth: TokenService
  /** What the manager writes down. */
  readonly audit: AuditLog
  readonly idempotency: Idempotency
  /** What is being served, in words: the path of a state directory, or the demo. */
  readonly served: string
  /** True where a runtime can act on runs. */
  readonly canAct: boolean
  readonly tokensPath: string
  /** The admin token that was made for this process; `null` where there are tokens of somebody's own, never to be shown. */
  readonly adminToken: string | null
  /** What of its own files other users of this machine can get at. */
  readonly exposures: readonly Exposure[]
  /** The files of its session stores. */
  stores(): Promise<readonly StoreFilePlace[]>
  /** Removes what killed writers of this package left unfinished in the folders of its stores. Never rejects. */
  removeLeftovers(): Promise<void>
  /** Resolves when the live gateway was reached, or seen to be away: before that, control has nobody to ask. */
  tried(): Promise<void>
  /** Ends followers, then what they read from. May be called twice. */
  close(): Promise<void>
}

/** What of a directory is opened. */
export interface Narrowing {
  /** Of its stores this file only, which may be elsewhere; the live gateway has nothing to do with it then. */
  readonly storePath?: string
}

/** Told of what went wrong behind the requests. */
export type OnProblem = (error: unknown) => void

/** Opens everything that the configuration asks for; on failure nothing stays open. */
export async function compose(
  config: Config,
  onProblem: OnProblem,
  settings: Partial<ManagerSettings> = {},
  narrowing: Narrowing = {},
): Promise<Composition> {
  const closers = new Closers()
  try {
    return await open(config, onProblem, settings, narrowing, closers)
  } catch (error) {
    await closers.close().catch(onProblem)
    throw error
  }
}

async function open(
  config: Config,
  onProblem: OnProblem,
  settings: Partial<ManagerSettings>,
  narrowing: Narrowing,
  closers: Closers,
): Promise<Composition> {
  const source = await chooseStateSource(config)
  const data = await openData(config, source, onProblem, closers)
  const hasOwn = config.token !== undefined || (await exists(data.tokensPath))
  const adminToken = hasOwn ? null : makeToken()
  const auth = await createTokenService({
    ...data,
    adminToken: config.token ?? adminToken ?? undefined,
    onProblem,
  })
  closers.add(() => auth.close())
  const { stateDir, served, runtime, tried } = await openGateway(
    narrowing.storePath === undefined ? config : { ...config, gatewayUrl: 'off' },
    source,
    data,
    closers,
  )
  const { fileNotify: useNotification, pollMs } = config
  const stores = openStores(narrowing, { stateDir, pollMs, useNotification, dataDir: data.path })
  const [files] = stores
  closers.add(() => Promise.all(stores.map((store) => store.close())))
  const audit = await data.audit()
  const idempotency = await data.idempotency()
  const manager = createSessionManager({
    stores,
    runtime,
    settings: {
      activeWindowMinutes: config.activeMinutes,
      maxLoggedEvents: config.maxEvents,
      maxLoggedBytes: config.maxEventBytes,
      ...settings,
    },
    version: VERSION,
    audit,
    onProblem,
    eventSecret: await data.signingKey.read(),
  })
  closers.add(() => manager.close())
  const { tokensPath } = data
  const canAct = runtime !== null
  return {
    ...{ manager, auth, audit, idempotency, served, canAct, tokensPath, adminToken },
    exposures: await data.exposures(),
    stores: () => files.places(),
    removeLeftovers: () => files.removeLeftovers(),
    tried,
    close: () => closers.close(),
  }
}

/** All stores of a state directory, its session files first; of a store file that is named, that one only. */
export function openStores(
  { storePath }: Narrowing,
  options: OpenClawStoresOptions,
): readonly [OpenClawFilesStore, ...Store[]] {
  return storePath === undefined
    ? openclawStores(options)
    : [openclawFiles({ ...options, storePath })]
}

/** A demo leaves nothing behind: its tokens and its signing key are as short-lived as itself. */
async function openData(
  config: Config,
  source: StateSource,
  onProblem: OnProblem,
  closers: Closers,
): Promise<DataDirectory> {
  const { tokensFile } = config
  let path = config.dataDir
  if (path === undefined && source.kind === 'demo') {
    const temporary = await mkdtemp(join(tmpdir(), 'openclaw-sessions-'))
    closers.add(() => rm(temporary, { recursive: true, force: true }))
    path = temporary
  }
  return openDataDirectory(path ?? defaultDataDir(), { tokensFile, onProblem })
}

interface Gateway {
  readonly stateDir: string
  readonly served: string
  /** `null` for a state directory by itself: nobody is there who could act on a run. */
  readonly runtime: Runtime | null
  tried(): Promise<void>
}

async function openGateway(
  config: Config,
  source: StateSource,
  data: DataDirectory,
  closers: Closers,
): Promise<Gateway> {
  if (source.kind === 'directory') {
    const { path } = source
    const runtime = await openRuntime(config, path, data, closers)
    const tried = async () => runtime?.tried()
    return { stateDir: path, served: path, runtime, tried }
  }
  const demo = await startDemoGateway({
    seed: config.demoSeed,
    stepMs: config.demoStepMs,
    holds: await data.holds('demo'),
  })
  closers.add(() => demo.close())
  const { stateDir, runtime } = demo
  const served = `a demo gateway with simulated agents, in ${stateDir}`
  return { stateDir, served, runtime, tried: async () => {} }
}

/** The live gateway of a state directory; `null` when there is none to ask. */
async function openRuntime(
  config: Config,
  stateDir: string,
  data: DataDirectory,
  closers: Closers,
): Promise<OpenClawGateway | null> {
  const address = await gatewaySource(config, stateDir)
  if (address === null) return null
  const { gatewayDevice, policyHolds: holds } = data
  const deviceSeed = () => gatewayDevice.read()
  const locate = locateBeside(stateDir)
  const gateway = openclawGateway({ address, deviceSeed, holds, locate, version: VERSION })
  closers.add(() => gateway.close())
  return gateway
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )
}

/**
 * Compares what a gateway calls its state directory with the one that is read here. A path says something on this machine
 * only, and not even here where the gateway is in a container: what cannot be looked at is `unknown`.
 */
export function locateBeside(stateDir: string) {
  return async (told: string, url: string): Promise<'here' | 'elsewhere' | 'unknown'> => {
    if (!isLoopback(new URL(url).hostname)) return 'unknown'
    const [theirs, ours] = await Promise.all([identityOf(told), identityOf(stateDir)])
    if (theirs === null || ours === null) return 'unknown'
    return theirs === ours ? 'here' : 'elsewhere'
  }
}

/** Links and other spellings of a path lead to the same one. */
async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    // Not there, or not ours to look at.
    return null
  }
}
