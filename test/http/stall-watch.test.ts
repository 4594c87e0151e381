import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { StallWatch } from '../../src/surfaces/http/stall-watch.js'
import { until } from '../until.js'

const LIMIT_MS = 30_000

/** A socket, and its peer that reads nothing until it is told to. */
async function pair(t: Test): Promise<{ socket: Socket; peer: Socket }> {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  const peer = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  peer.pause()
  const [socket] = (await once(server, 'connection')) as [Socket]
  for (const one of [socket, peer]) {
    one.on('error', () => {})
    t.teardown(() => one.destroy())
  }
  return { socket, peer }
}

function watchOf(socket: Socket) {
  let nowMs = 0
  let stalled = 0
  const watch = new StallWatch(LIMIT_MS, () => nowMs)
  const stop = watch.add(socket, () => {
    stalled += 1
  })
  const after = (ms: number) => {
    nowMs += ms
    watch.look()
    return stalled
  }
  return { after, stop }
}

/** Writes until the system takes nothing more. */
async function fill(socket: Socket): Promise<void> {
  const block = Buffer.alloc(1024 * 1024)
  while (socket.writableLength === 0) {
    socket.write(block)
    // What the system takes, it takes within a turn or two of the loop.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

t.test(
  'who accepts nothing is ended after the limit, however much is written for it',
  async (t) => {
    const { socket } = await pair(t)
    await fill(socket)
    const { after, stop } = watchOf(socket)
    t.teardown(stop)
    for (let look = 1; look < 10; look++) {
      socket.write(': heartbeat\n\n')
      t.equal(after(LIMIT_MS / 10), 0, `look ${look}`)
    }
    socket.write(': heartbeat\n\n')
    t.equal(after(LIMIT_MS / 10), 1)
    t.equal(after(LIMIT_MS), 1, 'once')
  },
)

t.test('a process that was busy for long blames nobody', async (t) => {
  const { socket } = await pair(t)
  await fill(socket)
  const { after, stop } = watchOf(socket)
  t.teardown(stop)
  for (let look = 1; look < 10; look++) t.equal(after(LIMIT_MS), 0)
  t.equal(after(LIMIT_MS), 1)
})

t.test('who accepts a little is not, also within one large write', async (t) => {
  const { socket, peer } = await pair(t)
  socket.write(Buffer.alloc(64 * 1024 * 1024))
  const { after, stop } = watchOf(socket)
  t.teardown(stop)
  let taken = 0
  peer.on('data', (bytes) => {
    taken += bytes.length
    peer.pause()
  })
  after(0)
  for (let round = 0; round < 5; round++) {
    const wanted = taken + 8 * 1024 * 1024
    peer.resume()
    while (taken < wanted) {
      peer.resume()
      await new Promise((resolve) => setImmediate(resolve))
    }
    peer.pause()
    t.equal(after(LIMIT_MS - 1), 0, `round ${round}`)
  }
  t.ok(socket.writableLength > 0, 'the write is still under way')
})

t.test('a quiet socket is never ended, and one that is done is not watched', async (t) => {
  const { socket, peer } = await pair(t)
  const { after, stop } = watchOf(socket)
  t.equal(after(10 * LIMIT_MS), 0)
  peer.resume()
  socket.write('something')
  await until(() => socket.writableLength === 0)
  t.equal(after(10 * LIMIT_MS), 0)
  stop()
  peer.pause()
  await fill(socket)
  t.equal(after(10 * LIMIT_MS), 0)
})
