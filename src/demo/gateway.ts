import type { Runtime } from '../contract/runtime.js'
import type { HoldBook } from '../contract/state.js'
import { SessionsError } from '../errors.js'
import { createRunRegistry, type RunRegistry } from '../runtimes/in-process/index.js'
import { replaceFile } from '../stores/openclaw/writing/replace-file.js'
import { AGENTS } from './agents.js'
import { createCast } from './cast.js'
import { MODELS } from './models.js'
import { Past } from './past.js'
import { Random } from './random.js'
import { Scheduler } from './scheduler.js'
import { StateFolder } from './state-folder.js'
import { REAL_TIME, type Timeline } from './timeline.js'
import { Town } from './town.js'

export interface DemoGatewayOptions {
  /** An empty folder, which is left behind on close. Default: a temporary one, which is removed. */
  stateDir?: string
  /** The same seed tells the same story. Default 1. */
  seed?: number
  /** Milliseconds of a model call or tool, about. Default 1000. */
  stepMs?: number
  /** Default: the wall clock. */
  timeline?: Timeline
  /** Default: one of its own, closed with the demo. */
  registry?: RunRegistry
  /** Where the pauses of its own registry are kept. Default: they end with the demo. */
  holds?: HoldBook
}

export interface DemoGateway {
  /** An OpenClaw state directory (release 2026.5). */
  readonly stateDir: string
  readonly runtime: Runtime
  readonly registry: RunRegistry
  /** Kills what is live, waits until that is written down, and removes a temporary folder. May be called twice. */
  close(): Promise<void>
}

/**
 * A gateway whose agents are simulated: a small town that writes a real state directory and obeys real control. When
 * it resolves there is a history of some hours, and several runs are live.
 */
export async function startDemoGateway(options: DemoGatewayOptions = {}): Promise<DemoGateway> {
  const folder = await StateFolder.make(options.stateDir)
  try {
    return await openTown(folder, options)
  } catch (error) {
    await folder.dispose()
    throw error
  }
}

async function openTown(folder: StateFolder, options: DemoGatewayOptions): Promise<DemoGateway> {
  const random = new Random(`town-${options.seed ?? 1}`)
  const timeline = options.timeline ?? REAL_TIME
  const stepMs = options.stepMs ?? 1_000
  const clock = () => timeline.now()
  const { holds } = options
  const registry =
    options.registry ?? createRunRegistry({ clock, ...(holds === undefined ? {} : { holds }) })
  const { runtime, report } = demoRuntime(registry)

  for (const { id } of AGENTS) await folder.addAgent(id)
  await writeConfig(folder)
  const cast = createCast(random.fork('cast'))
  const town = new Town({ folder, registry, timeline, random, stepMs, report })
  await new Past(town, random.fork('past'), timeline.now()).tell(cast)

  const closing = new AbortController()
  const scheduler = new Scheduler({
    town,
    cast,
    registry,
    timeline,
    random: random.fork('scheduler'),
    stepMs,
    report,
  })
  await scheduler.fill()
  const scheduling = timeline.act(() => scheduler.run(closing.signal))

  const close = async () => {
    closing.abort()
    await scheduling
    for (const { run } of town.sessions.values()) {
      if (run !== null)
        await registry.act(run.sessionKey, 'kill', { by: 'demo', reason: 'closing' })
    }
    await town.settled()
    if (options.registry === undefined) await registry.close()
    await folder.dispose()
  }
  let closed: Promise<void> | undefined
  return {
    stateDir: folder.root,
    runtime,
    registry,
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

/** Writes `openclaw.json`: agents, their models, and what those cost. No gateway is named, because none listens. */
async function writeConfig(folder: StateFolder): Promise<void> {
  const providers: Record<string, unknown> = {}
  for (const { api, provider, ...model } of MODELS) providers[provider] = { api, models: [model] }
  const config = {
    session: { mainKey: 'main' },
    agents: {
      list: AGENTS.map(({ id, model, name }, index) => ({
        id,
        name,
        ...(index === 0 ? { default: true } : {}),
        workspace: folder.workspace(id),
        model: { primary: `${model.provider}/${model.id}` },
      })),
    },
    models: { providers },
  }
  await replaceFile(folder.config, JSON.stringify(config, null, 2))
}

/** The registry under the demo's name; it is down while the demo cannot write its folder. */
function demoRuntime(registry: RunRegistry): {
  runtime: Runtime
  report(error: unknown): void
} {
  let failure: string | null = null
  const runtime: Runtime = {
    id: 'demo',
    controls: registry.controls,
    health: () => (failure === null ? registry.health() : { status: 'down', message: failure }),
    session: (key) => registry.session(key),
    act: (key, action, context) => registry.act(key, action, context),
    changes: (signal) => registry.changes(signal),
    close: () => registry.close(),
  }
  const report = (error: unknown) => {
    failure =
      error === null
        ? null
        : `The demo cannot write its state directory (${reasonOf(error)}): free the disk, or restart it.`
  }
  return { runtime, report }
}

/** Without a path. */
function reasonOf(error: unknown): string {
  if (error instanceof SessionsError)
    return typeof error.details.reason === 'string' ? error.details.reason : error.message
  const code = (error as NodeJS.ErrnoException).code
  return code ?? 'unknown error'
}
