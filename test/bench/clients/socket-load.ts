/** A process that asks over many connections at once: what is used where `wrk` is not installed. */
import { answerQuestions, stayForQuestions } from '../processes/channel.js'
import { Connection } from './connection.js'
import { type Endpoint, requestBytes } from './endpoint.js'
import type { LoadResult } from './load.js'

interface SocketLoad {
  readonly endpoint: Endpoint
  readonly paths: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly seconds: number
  readonly connections: number
}

answerQuestions({ load: (argument) => load(argument as SocketLoad) })
stayForQuestions()

async function load({
  endpoint,
  paths,
  headers,
  seconds,
  connections,
}: SocketLoad): Promise<LoadResult> {
  const requests = paths.map((path) => requestBytes(endpoint, path, headers))
  const open = await Promise.all(
    Array.from({ length: connections }, () => Connection.open(endpoint)),
  )
  const count = { answers: 0, failed: 0, bytes: 0 }
  const begun = performance.now()
  const until = begun + seconds * 1000
  const ask = async (connection: Connection) => {
    while (performance.now() < until) {
      const { status, body } = await connection.send(
        requests[count.answers % requests.length] as Buffer,
      )
      count.answers += 1
      count.bytes += body.length
      if (status >= 400) count.failed += 1
    }
  }
  await Promise.all(open.map(ask))
  const elapsed = (performance.now() - begun) / 1000
  for (const connection of open) connection.close()
  return {
    requestsPerSecond: count.answers / elapsed,
    failed: count.failed,
    bytesPerAnswer: count.bytes / count.answers,
  }
}
