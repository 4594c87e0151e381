/**
 * Baseline: on notice of a change reads and parses a store, and sends the entry that moved to every connection: as one
 * shared Buffer straight to the socket of an event stream, and with a loop of `ws.send` to WebSockets. Argument 0 is the
 * store, argument 1 text that makes an event as large as a row.
 */
import { readFileSync, watch } from 'node:fs'
import type { Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import { WebSocketServer } from 'ws'
import { argument, listen } from './listen.js'

const path = argument(0)
const padding = argument(1)
const sockets = new Set<Socket>()
const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
let known = readStore()

watch(dirname(path), (_event, changed) => {
  if (changed === basename(path)) broadcast()
})

const server = listen((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write('event: tick\ndata: {}\n\n')
  if (response.socket !== null) sockets.add(response.socket)
})
server.on('upgrade', (request, socket, head) => {
  webSockets.handleUpgrade(request, socket, head, (webSocket) => {
    const answers = ['{"type":"hello-ok"}', '{"subscribed":true}']
    webSocket.on('message', () => webSocket.send(answers.shift() ?? ''))
  })
})

function broadcast(): void {
  const store = readStore()
  for (const [key, text] of store) if (known.get(key) !== text) send(key, text)
  known = store
}

function send(key: string, text: string): void {
  const data = JSON.stringify({ sessionKey: key, session: text, padding })
  const frame = Buffer.from(data)
  for (const webSocket of webSockets.clients) webSocket.send(frame, { binary: false })
  const event = `event: sessions.changed\ndata: ${data}\n\n`
  const chunk = Buffer.from(`${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`)
  for (const socket of sockets) socket.write(chunk)
}

function readStore(): Map<string, string> {
  const entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as object)
  return new Map(entries.map(([key, entry]) => [key, JSON.stringify(entry)]))
}
