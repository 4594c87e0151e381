/**
 * Baseline: on notice of a change, reads what was appended to a file and writes it to every connection, as one shared
 * Buffer and straight to the socket. Argument 0 is the file.
 */
import { closeSync, fstatSync, openSync, readSync, watch } from 'node:fs'
import type { Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import { argument, listen } from './listen.js'

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
}
const FIRST = 'retry: 1000\n\nevent: history\ndata: {}\n\n'

const path = argument(0)
const name = basename(path)
const sockets = new Set<Socket>()
let offset = size()

watch(dirname(path), (_event, changed) => {
  if (changed === name) broadcast()
})

listen((_request, response) => {
  response.writeHead(200, HEADERS)
  response.write(FIRST)
  const { socket } = response
  if (socket === null) return
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
})

function broadcast(): void {
  const line = appended()
  if (line.length === 0) return
  const event = Buffer.concat([Buffer.from('event: message\ndata: '), line, Buffer.from('\n')])
  // The response's own framing: what stands on the wire is what any SSE client reads.
  const head = Buffer.from(`${event.length.toString(16)}\r\n`)
  const chunk = Buffer.concat([head, event, Buffer.from('\r\n')])
  for (const socket of sockets) socket.write(chunk)
}

function appended(): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, fstatSync(file).size - offset))
    offset += readSync(file, bytes, 0, bytes.length, offset)
    return bytes
  } finally {
    closeSync(file)
  }
}

function size(): number {
  const file = openSync(path, 'r')
  try {
    return fstatSync(file).size
  } finally {
    closeSync(file)
  }
}
