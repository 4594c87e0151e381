import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MeasuredProcess, scriptPath } from '../bench/processes/measured-process.js'
import { Service } from '../bench/processes/service.js'
import type { FollowersReport } from './follower-process.js'
import { makeGateways } from './gateways.js'
import type { WriterRequest } from './writer-process.js'

export interface SoakOptions {
  /** The built service. */
  readonly dist: string
  /** An empty folder to work in; the caller removes it. */
  readonly folder: string
  /** How long is written. */
  readonly seconds: number
  readonly writers: number
  readonly followers: number
}

export interface SoakReport extends FollowersReport {
  /** Numbered messages that were written. */
  readonly written: number
}

/** Longest until everybody has the last message when nothing is written any more. */
const FINISH_MS = 20_000
/** The service is started twice; followers keep what they sign in with. */
const TOKEN = 'soak-token-of-one-temporary-service'

/**
 * Writers append to transcripts from processes of their own, some of them all to the same one; followers tear their
 * connections and resume; half way the service is killed and started again. Nobody may miss a message or see one twice.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const processes = new Set<MeasuredProcess>()
  try {
    return await run(options, processes)
  } finally {
    await Promise.all([...processes].map((process) => process.close()))
  }
}

async function run(options: SoakOptions, processes: Set<MeasuredProcess>): Promise<SoakReport> {
  const { dist, folder, seconds } = options
  const start = (name: string) => {
    const process = MeasuredProcess.start(scriptPath(import.meta.url, `./${name}`))
    processes.add(process)
    return process
  }
  const serve = async (port: number) => {
    const [stateDir, dataDir] = [join(folder, 'state'), join(folder, 'data')]
    const service = await Service.start({ dist, stateDir, dataDir, port, token: TOKEN })
    processes.add(service.process)
    return service
  }
  const gateways = await makeGateways(join(folder, 'state'), options.writers)
  const { headers, port, process: service } = await serve(0)
  const followers = start('follower-process')
  const paths = pathsOf(gateways, options.followers)
  await followers.ask('start', { endpoint: { port, headers }, paths })
  const writers = gateways.map((gateway) => ({ gateway, process: start('writer-process') }))
  await Promise.all(writers.map(({ gateway, process }) => process.ask('start', gateway)))
  await delay((seconds * 1000) / 2)
  await kill(service)
  await serve(port)
  await delay((seconds * 1000) / 2)
  const written: Written = {}
  for (const { gateway, process } of writers)
    count(written, gateway.name, await process.ask<Record<string, number>>('stop'))
  const finish = { written, deadlineMs: FINISH_MS }
  const report = await followers.ask<FollowersReport>('finish', finish)
  return { ...report, written: sum(Object.values(written).flatMap(Object.values<number>)) }
}

/** As a crash does it: nothing is closed and nothing is saved. */
async function kill({ child }: MeasuredProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

/** Followers are spread over all sessions. */
function pathsOf(gateways: readonly WriterRequest[], followers: number): string[] {
  const paths = gateways.flatMap(({ storeKeys }) => storeKeys.map(({ key }) => pathOf(key)))
  return Array.from({ length: followers }, (_, index) => paths[index % paths.length] ?? '')
}

/** A follower that was torn before it had an id begins anew: a page holds all that was written until then. */
function pathOf(key: string): string {
  return `/sessions/${encodeURIComponent(key)}/history?follow=1&limit=1000`
}

/** By path and writer: the number of messages. */
type Written = Record<string, Record<string, number>>

function count(written: Written, writer: string, byKey: Readonly<Record<string, number>>): void {
  for (const [key, messages] of Object.entries(byKey))
    written[pathOf(key)] = { ...written[pathOf(key)], [writer]: messages }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
