import { execFile, execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MeasuredProcess, scriptPath } from '../processes/measured-process.js'
import type { Endpoint } from './endpoint.js'

/** Requests that are under way at the same time: some tens of dashboards. */
const CONNECTIONS = 50

export interface LoadRequest {
  readonly endpoint: Endpoint
  /** Asked for in turns. */
  readonly paths: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly seconds: number
  /** A folder for what the load generator needs. */
  readonly folder: string
}

export interface LoadResult {
  readonly requestsPerSecond: number
  /** Answers of another status than 2xx and 3xx. */
  readonly failed: number
  /** Mean bytes of an answer, its head included. */
  readonly bytesPerAnswer: number
}

/** True where `wrk` is installed. */
export function hasWrk(): boolean {
  try {
    execFileSync('wrk', ['-v'], { stdio: 'ignore' })
    return true
  } catch (error) {
    // It prints its version and exits with 1.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

/** Asks as fast as the server answers, over 50 connections. */
export function load(request: LoadRequest): Promise<LoadResult> {
  return hasWrk() ? loadWithWrk(request) : loadOverSockets(request)
}

async function loadWithWrk({
  endpoint,
  paths,
  headers = {},
  seconds,
  folder,
}: LoadRequest): Promise<LoadResult> {
  const script = join(folder, 'paths.lua')
  await writeFile(script, luaOf(paths))
  const given = Object.entries({ ...endpoint.headers, ...headers })
  const { stdout } = await promisify(execFile)('wrk', [
    ...['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script],
    ...given.flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    `http://127.0.0.1:${endpoint.port}`,
  ])
  const [requests = 0, bytes = 0, failed = 0, socketErrors = 0, micros = 1] =
    /RESULT (.*)/.exec(stdout)?.[1]?.split(' ').map(Number) ?? []
  return {
    requestsPerSecond: requests / (micros / 1e6),
    failed: failed + socketErrors,
    bytesPerAnswer: bytes / requests,
  }
}

/** With a single path no script runs for a request: it would cost the load generator a fifth of its speed. */
function luaOf(paths: readonly string[]): string {
  const quoted = paths.map((path) => JSON.stringify(path)).join(', ')
  const choose =
    paths.length === 1
      ? `wrk.path = ${quoted}`
      : `local at = 0
local requests = {}
init = function()
  for i, path in ipairs({${quoted}}) do requests[i] = wrk.format(nil, path) end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end`
  return `${choose}
done = function(summary)
  local e = summary.errors
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.bytes, e.status, e.connect + e.read + e.write + e.timeout, summary.duration))
end
`
}

async function loadOverSockets(request: LoadRequest): Promise<LoadResult> {
  const { endpoint, paths, headers, seconds } = request
  const client = MeasuredProcess.start(scriptPath(import.meta.url, './socket-load'))
  try {
    return await client.ask<LoadResult>('load', {
      endpoint: { port: endpoint.port, headers: endpoint.headers },
      paths,
      headers,
      seconds,
      connections: CONNECTIONS,
    })
  } finally {
    await client.close()
  }
}
