import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Connection } from '../clients/connection.js'
import type { Endpoint } from '../clients/endpoint.js'
import { hasWrk, load } from '../clients/load.js'
import { BaselineServer } from '../processes/baseline.js'
import { Service } from '../processes/service.js'
import type { Metric, Row, Sample, Trials } from '../row.js'
import type { Workspace } from '../workspace.js'

const LIST = '/api/sessions?limit=50'
/** Rounds that are tried again because the answer to `If-None-Match` changed: rows are stamped by the minute. */
const ATTEMPTS = 3
/** An answer without a body is smaller than this, head included. */
const BODILESS_BYTES = 1500

const rps = (atLeast: number): Metric => ({
  name: 'req/s',
  unit: '',
  goal: { of: 'ratio', atLeast },
})

/** `GET /api/sessions` of 50 rows out of 10,000, over and over. */
export const LIST_CACHED: Row = {
  name: 'list-cached',
  title: 'list 50 of 10,000, cached; auth, CORS and metrics on',
  baseline: 'raw node:http, the same bytes as a prebuilt Buffer',
  metrics: [rps(0.65)],
  prepare: (workspace) => trialsOf(workspace, 'prepared-answer', bodyOf),
}

export const LIST_NOT_MODIFIED: Row = {
  name: 'list-304',
  title: 'list 304, the same',
  baseline: 'raw node:http, 304',
  metrics: [rps(0.6)],
  prepare: (workspace) => trialsOf(workspace, 'prepared-answer', notModified),
}

export const LIST_FILTERED: Row = {
  name: 'list-filtered',
  title: 'list with a filter and another sort, 40 of them in turns',
  baseline: 'raw node:http, JSON.stringify of the same rows for every request',
  metrics: [rps(0.85)],
  prepare: (workspace) => trialsOf(workspace, 'stringified-answer', filtered),
}

/** What a load asks for, of an endpoint that answers like this one. */
interface Question {
  readonly paths: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** An answer, for the baseline. */
  readonly body: Buffer
  readonly etag: string | null
}

async function bodyOf(endpoint: Endpoint): Promise<Question> {
  const { body } = await ask(endpoint, LIST)
  return { paths: [LIST], headers: {}, body, etag: null }
}

async function notModified(endpoint: Endpoint): Promise<Question> {
  const { body, headers } = await ask(endpoint, LIST)
  const etag = headers.get('etag') ?? ''
  return { paths: [LIST], headers: { 'if-none-match': etag }, body, etag }
}

async function filtered(endpoint: Endpoint): Promise<Question> {
  const agents = Array.from({ length: 20 }, (_, index) => `a${String(index + 1).padStart(2, '0')}`)
  const paths = ['-totalCost', 'contextTokens'].flatMap((sort) =>
    agents.map((agent) => `/api/sessions?limit=50&agent=${agent}&status=idle,done&sort=${sort}`),
  )
  const { body } = await ask(endpoint, paths[0] as string)
  return { paths, headers: {}, body, etag: null }
}

async function ask(endpoint: Endpoint, path: string) {
  const connection = await Connection.open(endpoint)
  try {
    return await connection.get(path)
  } finally {
    connection.close()
  }
}

async function trialsOf(
  workspace: Workspace,
  baseline: string,
  questionFor: (endpoint: Endpoint) => Promise<Question>,
): Promise<Trials> {
  const stateDir = await workspace.sessions()
  let latest: { question: Question; headers: Endpoint['headers'] } | null = null
  const trialOfService = (dist: string) => async () => {
    const service = await Service.start({
      dist,
      stateDir,
      dataDir: await workspace.folder('service'),
    })
    try {
      await service.settled()
      latest = { question: await questionFor(service), headers: service.headers }
      return await measure(workspace, service, () => questionFor(service))
    } finally {
      await service.close()
    }
  }
  return {
    ours: trialOfService,
    baseline: async () => {
      // The service runs first in a run: the baseline sends what it sent.
      if (latest === null) throw new Error('the baseline needs an answer of the service')
      const { headers, question } = latest
      const file = join(await workspace.folder('answer'), 'body.json')
      await writeFile(file, question.body)
      const args = question.etag === null ? [file] : [file, question.etag]
      const server = await BaselineServer.start(baseline, args, headers)
      try {
        return await measure(workspace, server, async () => question)
      } finally {
        await server.close()
      }
    },
    notes: hasWrk()
      ? []
      : [
          'wrk is not installed (Debian: apt-get install wrk), so sockets of Node asked, which slow both sides alike.',
        ],
  }
}

async function measure(
  workspace: Workspace,
  endpoint: Endpoint,
  questionFor: () => Promise<Question>,
): Promise<Sample> {
  const folder = await workspace.folder('load')
  const { loadSeconds } = workspace.scale
  // The first second compiles the code of both sides.
  await load({ endpoint, ...(await questionFor()), seconds: 1, folder })
  for (let attempt = 1; ; attempt++) {
    const question = await questionFor()
    const result = await load({ endpoint, ...question, seconds: loadSeconds, folder })
    const wrong = question.etag !== null && result.bytesPerAnswer > BODILESS_BYTES
    if (result.failed === 0 && !wrong) return { 'req/s': result.requestsPerSecond }
    if (attempt === ATTEMPTS)
      throw new Error(
        wrong ? 'no round without a change of the list' : `${result.failed} requests failed`,
      )
  }
}
