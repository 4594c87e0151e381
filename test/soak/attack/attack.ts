import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { evenTown, sessionsFolder, writeTown } from '../../bench/data/state-directory.js'
import { StoreFile } from '../../bench/data/store-file.js'
import { BaselineServer } from '../../bench/processes/baseline.js'
import { MeasuredProcess, scriptPath } from '../../bench/processes/measured-process.js'
import { programOf } from '../../bench/processes/package.js'
import { Service } from '../../bench/processes/service.js'
import type { AttackReport } from './attacker-process.js'
import type { GoodClientReport } from './good-client-process.js'
import type { Material } from './random-requests.js'

export interface AttackOptions {
  /** The built service. */
  readonly dist: string
  /** An empty folder to work in; the caller removes it. */
  readonly folder: string
  /** The same seed sends the same bytes. */
  readonly seed: number
  readonly sessions: number
  readonly parts: readonly Part[]
  readonly out: (line: string) => void
}

/** What is attacked with, and how much of it. */
export interface Part {
  readonly name: 'requests' | 'frames' | 'leavers' | 'unreadSockets' | 'unreadRequests'
  readonly count: number
}

/** Slower than this for one request of a hundred, beyond what a bare server takes meanwhile, and people notice. */
const MAX_P99_MS = 250
/** What an attack may leave behind: V8 keeps some room that it has grown to. */
const MAX_GROWTH_BYTES = 64 * 1024 * 1024
const MAX_NEW_DESCRIPTORS = 4
/** Longest until everything is given back: Node looks for requests that take too long every 30 s. */
const SETTLE_MS = 75_000
const LOOK_MS = 500
/** Least time that the good client measures. */
const LEAST_MS = 5000
const AGENTS = 4
const MIB = 1024 * 1024

/** Attacks the built service part by part; resolves with what is wrong. */
export async function attack(options: AttackOptions): Promise<string[]> {
  const { dist, folder, out, parts, seed, sessions } = options
  const [stateDir, dataDir] = [join(folder, 'state'), join(folder, 'data')]
  for await (const _ of writeTown(stateDir, evenTown(AGENTS, sessions)));
  const tokens = { read: await makeToken(dist, dataDir, 'read'), admin: ADMIN_TOKEN }
  const service = await Service.start({ dist, stateDir, dataDir, token: tokens.admin })
  const started = [service.process]
  try {
    await service.settled()
    const material = { port: service.port, keys: keysOf(stateDir, sessions), tokens }
    const control = await BaselineServer.start('../../soak/attack/control-process', [])
    const attacker = MeasuredProcess.start(scriptPath(import.meta.url, './attacker-process'))
    const goodClient = MeasuredProcess.start(scriptPath(import.meta.url, './good-client-process'))
    started.push(control.process, attacker, goodClient)
    await startGoodClient(goodClient, material, control)
    const trial = { service: service.process, attacker, goodClient, material, seed, out }
    // What is compiled and grown at first use is no leak.
    for (const { name } of parts) await attackWith({ name, count: 20 }, { ...trial, out: () => {} })
    await lookAround(goodClient, out)
    const problems: string[] = []
    for (const part of parts) problems.push(...(await attackWith(part, trial)))
    return [...problems, ...(await endOf(service.process))]
  } finally {
    await Promise.all(started.map((process) => process.close()))
  }
}

interface Trial {
  readonly service: MeasuredProcess
  readonly attacker: MeasuredProcess
  readonly goodClient: MeasuredProcess
  readonly material: Material
  readonly seed: number
  readonly out: (line: string) => void
}

async function attackWith(part: Part, trial: Trial): Promise<string[]> {
  const { attacker, goodClient, material, out, seed, service } = trial
  const before = await heldBy(service)
  await goodClient.ask('report')
  await service.ask('resetPeak')
  const begun = performance.now()
  const [report] = await Promise.all([
    attacker.ask<AttackReport>(part.name, { material, seed, count: part.count }),
    new Promise((resolve) => setTimeout(resolve, LEAST_MS)),
  ])
  const seconds = (performance.now() - begun) / 1000
  const client = await goodClient.ask<GoodClientReport>('report')
  const peak = await service.ask<number>('peakBytes')
  const after = await settled(service, before)
  out(`${part.name}: ${part.count}, ${report.sent} sent in ${seconds.toFixed(1)} s`)
  out(`  answers: ${JSON.stringify(report.statuses)}`)
  out(`  ${clientText(client)}, load ${loadavg()[0]?.toFixed(1)}`)
  out(
    `  descriptors ${before.descriptors} -> ${after.descriptors}, ${memoryText(before, after, peak)}`,
  )
  return [
    ...report.unexpected.map((said) => `unexpected answer: ${said}`),
    ...problemsOf(client),
    ...leaksOf(before, after),
  ].map((problem) => `${part.name}: ${problem}`)
}

/** What the good client sees without an attack. */
async function lookAround(goodClient: MeasuredProcess, out: Trial['out']): Promise<void> {
  await goodClient.ask('report')
  await new Promise((resolve) => setTimeout(resolve, LEAST_MS))
  out(`no attack: ${clientText(await goodClient.ask<GoodClientReport>('report'))}`)
}

interface Held {
  readonly descriptors: number
  readonly bytes: number
}

async function heldBy(service: MeasuredProcess): Promise<Held> {
  const bytes = await service.ask<number>('residentBytes')
  return { descriptors: readdirSync(`/proc/${service.pid}/fd`).length, bytes }
}

/** What the service holds once it has given back what it can. */
async function settled(service: MeasuredProcess, before: Held): Promise<Held> {
  const deadline = performance.now() + SETTLE_MS
  for (;;) {
    const held = await heldBy(service)
    if (leaksOf(before, held).length === 0 || performance.now() > deadline) return held
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function leaksOf(before: Held, after: Held): string[] {
  const problems: string[] = []
  const descriptors = after.descriptors - before.descriptors
  if (descriptors > MAX_NEW_DESCRIPTORS) problems.push(`${descriptors} descriptors are left open`)
  const bytes = after.bytes - before.bytes
  if (bytes > MAX_GROWTH_BYTES) problems.push(`${mib(bytes)} MiB are not given back`)
  return problems
}

function problemsOf({ control, service }: GoodClientReport): string[] {
  const problems = service.failures.map((failure) => `the good client: ${failure}`)
  if (service.p99 - control.p99 >= MAX_P99_MS)
    problems.push(`the good client waited ${Math.round(service.p99)} ms for one of a hundred`)
  return problems
}

function clientText({ control, service }: GoodClientReport): string {
  const text = ({ asked, max, p99 }: GoodClientReport['service']) =>
    `p99 ${Math.round(p99)} ms, longest ${Math.round(max)} ms of ${asked}`
  return `good client: ${text(service)}; bare server: ${text(control)}`
}

function memoryText(before: Held, after: Held, peak: number): string {
  return `memory ${mib(before.bytes)} -> ${mib(after.bytes)} MiB, at most ${mib(peak)} MiB`
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB)
}

/** SIGTERM ends the service in time and without an error, whatever was done to it. */
async function endOf(service: MeasuredProcess): Promise<string[]> {
  const { child } = service
  if (child.exitCode !== null || child.signalCode !== null) return ['the service has crashed']
  const exit = once(child, 'exit')
  await service.close()
  const [code, signal] = await exit
  return code === 0 ? [] : [`the service ended with ${signal ?? code} after SIGTERM`]
}

async function startGoodClient(
  goodClient: MeasuredProcess,
  { keys, port, tokens }: Material,
  control: BaselineServer,
): Promise<void> {
  const history = `/sessions/${encodeURIComponent(keys[0] ?? '')}/history?limit=20`
  await goodClient.ask('start', {
    endpoint: { port, headers: { authorization: `Bearer ${tokens.admin}` } },
    paths: ['/healthz', '/api/sessions?limit=50', history],
    control: { port: control.port, headers: {} },
  })
}

/** All stores are made of the same entries, in an order of their own for each agent. */
function keysOf(stateDir: string, sessions: number): string[] {
  return evenTown(AGENTS, sessions).flatMap(([agent, count]) =>
    new StoreFile(sessionsFolder(stateDir, agent), agent, count).entries.map(({ key }) => key),
  )
}

const ADMIN_TOKEN = 'attack-token-of-one-temporary-service'

async function makeToken(dist: string, dataDir: string, scope: string): Promise<string> {
  const args = ['tokens', 'create', '--name', scope, '--scope', scope, '--quiet']
  const program = [programOf(dist), ...args, '--data-dir', dataDir]
  const { stdout } = await promisify(execFile)(process.execPath, program)
  return stdout.trim()
}
