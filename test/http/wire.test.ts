import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { toFrame } from '../../src/surfaces/http/frame.js'
import { Wire } from '../../src/surfaces/http/sse.js'
import { beforeDeadline } from './sse-client.js'

const FRAMES = ['data: one\n\n', 'data: zwei\u2028 €\n\n', `data: ${'x'.repeat(70_000)}\n\n`]

/** A server of one answer. */
async function serve(t: Test, answer: (response: ServerResponse) => void): Promise<number> {
  const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function get(port: number): Promise<string> {
  const sent = request({ port, host: '127.0.0.1', agent: false }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const piece of answer.setEncoding('utf8')) text += piece
  return text
}

/** The whole answer, head included, as it came. */
async function rawGet(port: number, version: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.write(`GET / HTTP/${version}\r\nhost: x\r\nconnection: close\r\n\r\n`)
  let text = ''
  for await (const piece of socket) text += piece
  return text
}

function sendAll(response: ServerResponse): void {
  response.flushHeaders()
  response.write('before ')
  const wire = new Wire(response, () => {})
  for (const frame of FRAMES) wire.write(toFrame(frame))
  wire.close()
  response.end('after')
}

const EXPECTED = `before ${FRAMES.join('')}after`

t.test('frames arrive whole and in order, among what the response itself writes', async (t) => {
  const port = await serve(t, sendAll)
  t.equal(await get(port), EXPECTED)
  const text = await rawGet(port, '1.1')
  t.match(text, /transfer-encoding: chunked/i)
  t.ok(text.includes(`b\r\n${FRAMES[0]}\r\n`), 'a chunk of its own')
})

t.test('an answer without chunks has none', async (t) => {
  const port = await serve(t, sendAll)
  const text = await rawGet(port, '1.0')
  t.equal(text.slice(text.indexOf('\r\n\r\n') + 4), EXPECTED)
})

t.test('a response that somebody has wrapped gets everything through the wrapper', async (t) => {
  const port = await serve(t, (response) => {
    const write = response.write.bind(response)
    response.write = (chunk: Buffer | string) => write(String(chunk).replaceAll('one', 'wrapped'))
    sendAll(response)
  })
  t.equal(await get(port), EXPECTED.replace('one', 'wrapped'))
})

t.test('it is full until it has drained, and says so', async (t) => {
  const frame = toFrame(`data: ${'x'.repeat(1024 * 1024)}\n\n`)
  const drained = new Promise<void>((resolve, reject) => {
    serve(t, (response) => {
      response.flushHeaders()
      const wire = new Wire(response, () => {
        if (wire.isFull) reject(new Error('still full'))
        wire.close()
        response.end()
        resolve()
      })
      while (wire.write(frame));
      if (!wire.isFull) reject(new Error('not full'))
    }).then(get, reject)
  })
  await beforeDeadline(drained, 'the wire to drain')
})
