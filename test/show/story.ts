import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { Session } from '../../src/contract/session.js'
import type { Cleanup } from '../cleanup.js'
import { until } from '../until.js'
import { Follower } from './follower.js'
import { Service } from './service.js'
import type { Stage } from './stage.js'
import type { Terminal } from './terminal.js'

/** Nothing may happen for so long: several steps of every stage. */
const STILL_MS = 3000
/** A step, a turn of a few steps, or the start of one. */
const MOVE_MS = 60_000
/** `at once`: the run would go on for minutes, and a loaded gateway takes a second to tell that it has ended. */
const AT_ONCE_SECONDS = 2
/** An aborted run is written down after it is gone. */
const LAST_WORDS_MS = 1500

const LIVE = new Set(['running', 'pausing', 'paused', 'stopping'])
const isLive = (row: Session) => LIVE.has(row.status)

const Killed = z.object({ killed: z.boolean(), killedSessions: z.array(z.string()) })

/** A slow run is paused, resumed and stopped, another one killed; each answer beside what can be seen of it. */
export class Story {
  readonly #stage: Stage
  readonly #terminal: Terminal
  readonly #cleanup: Cleanup
  readonly #service: Service

  constructor(stage: Stage, terminal: Terminal, cleanup: Cleanup) {
    this.#stage = stage
    this.#terminal = terminal
    this.#cleanup = cleanup
    this.#service = new Service(stage.env)
  }

  async play(): Promise<void> {
    this.#terminal.heading(this.#stage.title)
    this.#terminal.remark(this.#stage.remark)
    await this.#pauseResumeStop()
    await this.#killFamily()
  }

  async #pauseResumeStop(): Promise<void> {
    const key = await this.#stage.begin()
    this.#terminal.remark(`A slow run has begun in ${key}.`)
    const follower = this.#follow(key)
    await this.#moves(follower, 3)
    await this.#row(key)
    await this.#pause(key, follower)
    await this.#resume(key, follower)
    await this.#stop(key, follower)
  }

  async #pause(key: string, follower: Follower): Promise<void> {
    this.#terminal.remark('Paused: no new line appears.')
    const answer = await this.#type(`control ${key} pause "lunch"`)
    const isHold = this.#stage.pausesBetween === 'turns'
    if (isHold) {
      this.#claim('the answer says that the turn goes on to its end', answer.includes('"pausing"'))
      await this.#row(key)
      this.#claim(
        'the row is pausing',
        await this.#shows(key, ({ status }) => status === 'pausing'),
      )
      this.#terminal.remark('It goes on to the end of its turn, and is held there.')
    }
    const isPaused = await this.#shows(key, ({ status }) => status === 'paused')
    if (isHold) await sleep(LAST_WORDS_MS)
    await this.#row(key)
    this.#claim('the row is paused', isPaused)
    const row = await this.#service.row(key)
    this.#claim(
      'the row says who paused it and why',
      row?.flags.includes('held') === true && /Paused by .+: lunch/.test(row.statusReason),
    )
    await this.#isStill(follower, 'while it is paused')
    if (isHold) await this.#refuses(key, follower)
  }

  /** A hold keeps messages out. */
  async #refuses(key: string, follower: Follower): Promise<void> {
    const refusal = await this.#stage.beginAgain(key).then(
      () => null,
      (error: Error) => error.message,
    )
    this.#terminal.remark(`A message to the gateway: ${refusal ?? 'taken'}`)
    this.#claim('a message is refused', refusal !== null && /block|deny|polic/i.test(refusal))
    await this.#isStill(follower, 'after that message')
  }

  async #resume(key: string, follower: Follower): Promise<void> {
    this.#terminal.remark('Resumed: it goes on.')
    const before = follower.count
    const answer = await this.#type(`control ${key} resume`)
    this.#claim('the answer is resumed', answer.includes('"outcome":"resumed"'))
    if (this.#stage.pausesBetween === 'turns') await this.#stage.beginAgain(key)
    await this.#moves(follower, before + 4 - follower.count)
    await this.#row(key)
    this.#claim('new lines appear', follower.count > before)
    this.#claim('the row runs', await this.#shows(key, ({ status }) => status === 'running'))
  }

  async #stop(key: string, follower: Follower): Promise<void> {
    this.#terminal.remark('Stopped: it finishes its step.')
    await until(() => this.#stage.pausesBetween === 'steps' || follower.openCalls > 0, MOVE_MS)
    const answer = await this.#type(`control ${key} stop`)
    this.#claim('the answer is stopping or stopped', /"outcome":"stopp(ing|ed)"/.test(answer))
    const isOver = await this.#shows(key, (row) => !isLive(row))
    await sleep(LAST_WORDS_MS)
    await this.#row(key)
    this.#claim('the run is over', isOver)
    const openCalls = await this.#openCalls(key, follower)
    this.#claim('the step was finished: every tool call has its result', openCalls === 0)
    await this.#isStill(follower, 'after the stop')
  }

  /** A gateway's own stream leaves out the results of tools; its history has them. */
  async #openCalls(key: string, follower: Follower): Promise<number> {
    if (this.#stage.follow === 'follow') return follower.openCalls
    this.#terminal.remark(
      'The whole history, read again: the stream of a gateway has no tool results.',
    )
    const again = this.#follow(key)
    await sleep(LAST_WORDS_MS)
    return again.openCalls
  }

  async #killFamily(): Promise<void> {
    this.#terminal.remark('Another run, with a sub-agent, is killed: at once, the sub-agent too.')
    const family = await this.#stage.beginFamily()
    const { children, key } = family
    const all = [key, ...children]
    const followers = all.map((one) => this.#follow(one))
    await sleep(LAST_WORDS_MS)
    await this.#row(...all)
    const answer = await this.#type(`end_tree ${key}`)
    const seconds = Number(/after ([\d.]+) s/.exec(answer)?.[1])
    const { killed, killedSessions } = Killed.parse(JSON.parse(answer.split('\n')[0] ?? ''))
    this.#claim(`the answer came at once, after ${seconds} s`, seconds < AT_ONCE_SECONDS)
    this.#claim(
      'it names the run and its sub-agents',
      killed && all.every((one) => killedSessions.includes(one)),
    )
    await this.#row(...all)
    const rows = await this.#service.rows()
    const left = rows.filter((row) => all.includes(row.key) && isLive(row))
    this.#claim('no row of them is live', left.length === 0)
    for (const { holds, words } of await this.#stage.witnesses(family)) this.#claim(words, holds)
    await sleep(LAST_WORDS_MS)
    for (const [at, one] of all.entries())
      await this.#isStill(followers[at] as Follower, `in ${one}`)
  }

  #follow(key: string): Follower {
    return Follower.open(
      `${this.#stage.follow} ${key}`,
      this.#stage.env,
      this.#terminal,
      this.#cleanup,
    )
  }

  /** Until so many more lines have appeared. */
  async #moves(follower: Follower, lines: number): Promise<void> {
    const wanted = follower.count + lines
    await until(() => follower.count >= wanted, MOVE_MS)
  }

  async #isStill(follower: Follower, when: string): Promise<void> {
    const before = follower.count
    await sleep(STILL_MS)
    this.#claim(`no new line for ${STILL_MS / 1000} s ${when}`, follower.count === before)
  }

  #shows(key: string, isSo: (row: Session) => boolean): Promise<boolean> {
    return this.#service.shows(key, isSo, MOVE_MS)
  }

  async #row(...keys: string[]): Promise<void> {
    await this.#type(`row ${keys.join(' ')}`)
  }

  #type(command: string): Promise<string> {
    return this.#terminal.run(command, this.#stage.env)
  }

  #claim(words: string, holds: boolean): void {
    this.#terminal.claim(words, holds)
  }
}
