import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sessionsFolder } from '../bench/data/state-directory.js'
import { MeasuredProcess, scriptPath } from '../bench/processes/measured-process.js'
import { Service } from '../bench/processes/service.js'
import type { FollowersReport } from './follower-process.js'
import type { WrittenSession } from './writer-process.js'

export interface SoakOptions {
  /** The built service. */
  readonly dist: string
  /** How long is written. */
  readonly seconds: number
  readonly writers: number
  readonly followers: number
}

export interface SoakReport extends FollowersReport {
  /** Numbered messages that were written. */
  readonly written: number
}

/** Sessions that each writer has for itself. */
const OWN_SESSIONS = 2
/** Longest until everybody has the last message when nothing is written any more. */
const FINISH_MS = 20_000
const TOKEN = 'soak-token-of-one-temporary-service'

/**
 * Writers append to transcripts from processes of their own, some of them all to the same one; followers tear their
 * connections and resume; half way the service is killed and started again. Nobody may miss a message or see one twice.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-sessions-soak-'))
  const processes: MeasuredProcess[] = []
  const start = (name: string) => {
    const process = MeasuredProcess.start(scriptPath(import.meta.url, `./${name}`))
    processes.push(process)
    return process
  }
  try {
    const gateways = await makeGateways(join(folder, 'state'), options.writers)
    const serve = await serviceStarter(options.dist, folder, processes)
    const service = await serve(0)
    const followers = start('follower-process')
    const paths = pathsOf(gateways, options.followers)
    await followers.ask('start', {
      endpoint: { port: service.port, headers: service.headers },
      paths,
    })
    const writers = await Promise.all(
      gateways.map(async (gateway) => {
        const writer = start('writer-process')
        await writer.ask('start', gateway)
        return { gateway, writer }
      }),
    )
    await delay((options.seconds * 1000) / 2)
    await killed(service)
    await serve(service.port)
    await delay((options.seconds * 1000) / 2)
    const counts = await Promise.all(
      writers.map(async ({ gateway: { name }, writer }) => ({
        name,
        counts: await writer.ask<Record<string, number>>('stop'),
      })),
    )
    const report = await followers.ask<FollowersReport>('finish', {
      written: writtenBy(counts),
      deadlineMs: FINISH_MS,
    })
    return {
      ...report,
      written: counts.flatMap(({ counts }) => Object.values(counts)).reduce((a, b) => a + b, 0),
    }
  } finally {
    await Promise.all(processes.map((process) => process.close()))
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

interface Gateway {
  readonly name: string
  readonly sessions: readonly WrittenSession[]
  readonly storeFolder: string
  readonly storeKeys: readonly WrittenSession[]
}

/** An agent for each writer; everybody also appends to one session of the first. */
async function makeGateways(stateDir: string, writers: number): Promise<Gateway[]> {
  const all: Gateway[] = []
  let everybodys: WrittenSession | null = null
  for (let index = 1; index <= writers; index++) {
    const name = `w${index}`
    const storeFolder = sessionsFolder(stateDir, name)
    const own = Array.from({ length: OWN_SESSIONS }, (_, at) =>
      sessionOf(storeFolder, name, `own${at}`, false),
    )
    const storeKeys = [...own]
    if (everybodys === null) {
      everybodys = sessionOf(storeFolder, name, 'everybody', true)
      storeKeys.push(everybodys)
    }
    await Promise.all(storeKeys.map(begin))
    const entries = storeKeys.map(({ key, sessionId }) => [
      key,
      { sessionId, updatedAt: Date.now() },
    ])
    await writeFile(join(storeFolder, 'sessions.json'), JSON.stringify(Object.fromEntries(entries)))
    all.push({ name, storeFolder, storeKeys, sessions: [...own, everybodys] })
  }
  return all
}

function sessionOf(folder: string, agent: string, name: string, shared: boolean): WrittenSession {
  const sessionId = `${agent}-${name}`
  return {
    key: `agent:${agent}:${name}`,
    sessionId,
    path: join(folder, `${sessionId}.jsonl`),
    shared,
  }
}

/** A header and a first message, which everything else follows. */
async function begin({ path, sessionId }: WrittenSession): Promise<void> {
  const timestamp = new Date().toISOString()
  const header = { type: 'session', version: 3, id: sessionId, timestamp, cwd: '/home/openclaw' }
  const message = { role: 'user', content: 'begin', timestamp: Date.now() }
  const first = { type: 'message', id: 'begin', parentId: null, timestamp, message }
  await writeFile(path, `${JSON.stringify(header)}\n${JSON.stringify(first)}\n`)
}

/** Followers are spread over all sessions. */
function pathsOf(gateways: readonly Gateway[], followers: number): string[] {
  const sessions = gateways.flatMap(({ storeKeys }) => storeKeys)
  return Array.from({ length: followers }, (_, index) =>
    pathOf(sessions[index % sessions.length]?.key ?? ''),
  )
}

/** A follower that was torn before it had an id begins anew: a page holds all that was written until then. */
function pathOf(key: string): string {
  return `/sessions/${encodeURIComponent(key)}/history?follow=1&limit=1000`
}

/** By path: how much each writer wrote. */
function writtenBy(
  counts: readonly { readonly name: string; readonly counts: Readonly<Record<string, number>> }[],
): Record<string, Record<string, number>> {
  const written: Record<string, Record<string, number>> = {}
  for (const { counts: own, name } of counts)
    for (const [key, count] of Object.entries(own)) {
      written[pathOf(key)] ??= {}
      Object.assign(written[pathOf(key)] as object, { [name]: count })
    }
  return written
}

async function serviceStarter(dist: string, folder: string, processes: MeasuredProcess[]) {
  const options = {
    dist,
    stateDir: join(folder, 'state'),
    dataDir: join(folder, 'data'),
    token: TOKEN,
  }
  return async (port: number) => {
    const service = await Service.start({ ...options, port })
    processes.push(service.process)
    return service
  }
}

/** As a crash does it: nothing is closed and nothing is saved. */
async function killed({ process: { child } }: Service): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exit
}
