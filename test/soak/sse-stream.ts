import { get } from 'node:http'
import type { Endpoint } from '../bench/clients/endpoint.js'

export interface SseEvent {
  readonly id: string
  readonly type: string
  readonly data: string
}

export interface SseHandler {
  onEvent(event: SseEvent): void
  /** Once, whoever ended it; `status` is `null` when there was no answer. */
  onEnd(status: number | null): void
}

/** Opens an event stream; returns the function that tears the connection. */
export function openStream(
  { headers, port }: Endpoint,
  path: string,
  lastEventId: string | null,
  handler: SseHandler,
): () => void {
  let status: number | null = null
  const resume = lastEventId === null ? {} : { 'last-event-id': lastEventId }
  const request = get({
    host: '127.0.0.1',
    port,
    path,
    agent: false,
    headers: { ...headers, accept: 'text/event-stream', ...resume },
  })
  request.on('response', (response) => {
    status = response.statusCode ?? null
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop() ?? ''
      if (status === 200) for (const block of blocks) takeBlock(block, handler)
    })
    // A torn connection is an error of the response too.
    response.on('error', () => undefined)
  })
  request.on('error', () => undefined)
  request.on('close', () => handler.onEnd(status))
  return () => request.destroy()
}

/** Comments and blocks without data are signs of life. Source: WHATWG HTML, server-sent events. */
function takeBlock(block: string, handler: SseHandler): void {
  const fields = new Map(block.split('\n').map(fieldOf))
  const data = fields.get('data')
  if (data === undefined) return
  handler.onEvent({ id: fields.get('id') ?? '', type: fields.get('event') ?? 'message', data })
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
}
