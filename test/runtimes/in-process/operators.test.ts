import fc from 'fast-check'
import t from 'tap'
import type { ControlAction } from '../../../src/contract/control.js'
import type { RunPhase } from '../../../src/contract/runtime.js'
import {
  createRunRegistry,
  isRunStopped,
  type RunHandle,
  type RunRegistry,
} from '../../../src/runtimes/in-process/index.js'
import { searches } from '../../searches.js'

const KEY = 'agent:main:main'

/** What a host does with its run, between the operators' actions. */
type Move = 'start' | 'step' | 'end'
type Event =
  | { by: 'host'; move: Move }
  /** Without `settle` the next action comes before the run's loop had a chance to notice this one. */
  | { by: 'anna' | 'ben'; action: ControlAction; settle: boolean }

/** Pausing and resuming come often: after a stop or a kill the run has only its end before it. */
const often: ControlAction[] = ['pause', 'resume', 'pause', 'resume', 'pause', 'resume']

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    by: fc.constant('host' as const),
    move: fc.constantFrom<Move>('start', 'step', 'step', 'end'),
  }),
  fc.record({
    by: fc.constantFrom('anna' as const, 'ben' as const),
    action: fc.constantFrom<ControlAction>(...often, 'stop', 'kill'),
    settle: fc.boolean(),
  }),
)

/** A host whose loop stands either in a step or at the checkpoint, and the model of what must be true of it. */
class Host {
  readonly #registry: RunRegistry
  run: RunHandle | null = null
  at: 'step' | 'checkpoint' | 'before-first-step' = 'step'
  asked: 'stop' | 'kill' | null = null
  held = false
  thrown: unknown = null
  /** A step began although the session was held or the run had to go. */
  broken = false

  constructor(registry: RunRegistry) {
    this.#registry = registry
  }

  move(move: Move): void {
    if (move === 'start' && this.run === null) this.#start()
    if (move === 'step' && this.run !== null && this.at !== 'checkpoint') this.#checkpoint(this.run)
    if (move === 'end' && this.run !== null && this.at !== 'checkpoint') this.#end(this.run)
  }

  acted(action: ControlAction): void {
    if (action === 'pause') this.held = true
    if (action === 'resume') this.held = false
    if (action === 'resume' && this.at === 'before-first-step') this.at = 'step'
    if (this.run === null) return
    if (action === 'kill') this.asked = 'kill'
    if (action === 'stop') this.asked ??= 'stop'
  }

  expectedPhase(): RunPhase | null {
    if (this.run === null) return null
    if (this.asked !== null) return 'stopping'
    if (!this.held) return 'running'
    return this.at === 'step' ? 'pausing' : 'paused'
  }

  #start(): void {
    this.asked = null
    this.thrown = null
    this.at = this.held ? 'before-first-step' : 'step'
    this.run = this.#registry.start({ sessionKey: KEY })
  }

  #checkpoint(run: RunHandle): void {
    this.at = 'checkpoint'
    run.checkpoint().then(
      () => {
        this.at = 'step'
        this.broken ||= this.held || this.asked !== null
      },
      (error: unknown) => {
        this.at = 'step'
        this.thrown = error
      },
    )
  }

  #end(run: RunHandle): void {
    run.end()
    this.run = null
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

t.test('two operators and a host at random: every phase is possible and true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 60, size: 'max' }), async (events) => {
      const registry = createRunRegistry()
      const host = new Host(registry)
      for (const event of events) {
        if (event.by === 'host') host.move(event.move)
        else {
          void registry.act(KEY, event.action, { by: event.by, reason: null })
          host.acted(event.action)
        }
        check(host, registry, event)
        if (event.by !== 'host' && !event.settle) continue
        await turn()
        check(host, registry, event)
        if (host.at === 'checkpoint' && (!host.held || host.asked !== null))
          throw new Error(`left waiting after ${JSON.stringify(event)}`)
      }
    }),
    searches(400),
  )
})

function check(host: Host, registry: RunRegistry, event: Event): void {
  const seen = registry.session(KEY)
  const { at, asked, held, run, thrown } = host
  const facts = JSON.stringify({ event, at, asked, held, seen })
  if ((seen?.run?.phase ?? null) !== host.expectedPhase()) throw new Error(`phase: ${facts}`)
  if ((seen?.hold != null) !== held) throw new Error(`hold: ${facts}`)
  if (run !== null && run.signal.aborted !== (asked === 'kill')) throw new Error(`signal: ${facts}`)
  if (host.broken) throw new Error(`stepped: ${facts}`)
  if (thrown !== null && (asked === null || !isRunStopped(thrown)))
    throw new Error(`threw without a reason: ${facts}`)
}

t.test('a loop that obeys is never seen to step while it is paused', async (t) => {
  const registry = createRunRegistry()
  const run = registry.start({ sessionKey: KEY })
  let steps = 0
  const loop = (async () => {
    for (;;) {
      await run.checkpoint()
      steps++
      await turn()
    }
  })().catch((error: unknown) => run.end(isRunStopped(error) ? undefined : 'failed'))

  const stop = new AbortController()
  for await (const key of watch(registry, stop)) {
    t.equal(key, KEY)
    if (registry.session(KEY)?.run?.phase !== 'paused') continue
    const before = steps
    for (let n = 0; n < 20; n++) await turn()
    t.equal(steps, before)
    stop.abort()
  }
  await registry.act(KEY, 'resume', { by: 'anna', reason: null })
  await turn()
  await registry.act(KEY, 'stop', { by: 'ben', reason: null })
  await loop
  t.match(registry.session(KEY), { run: null, lastRun: { outcome: 'done' } })
})

function watch(registry: RunRegistry, stop: AbortController): AsyncIterable<string> {
  const changes = registry.changes(stop.signal)
  void registry.act(KEY, 'pause', { by: 'anna', reason: null })
  return changes
}
