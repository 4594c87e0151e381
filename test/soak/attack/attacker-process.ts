/** The attacks, in a process of their own; the same seed sends the same bytes. */
import { Random } from '../../bench/data/random.js'
import { answerQuestions, stayForQuestions } from '../../bench/processes/channel.js'
import { randomFrame, requestFrame } from './random-frames.js'
import { type Material, randomRequest } from './random-requests.js'
import { type Answers, RawSocket } from './raw-socket.js'

export interface AttackRequest {
  readonly material: Material
  readonly seed: number
  /** Requests, frames, sockets or clients. */
  readonly count: number
}

export interface AttackReport extends Answers {
  readonly sent: number
}

/** Sockets that attack at the same time. */
const SOCKETS = 24
/** Most requests on one connection: more than may wait there. */
const MOST_AT_ONCE = 150
/** Some requests wait for an answer that never comes: a stream, or the rest of a body. */
const PATIENCE_MS = 250
const HANDSHAKE_MS = 10_000
/** Clients that do not read stay so long. */
const UNREAD_MS = 12_000
const LISTS = 200

interface Turn {
  readonly random: Random
  readonly material: Material
  readonly answers: Answers
  /** How much is left to send. */
  readonly left: number
}

/** Sends something over one connection; resolves with how much when that is closed. */
type Sender = (turn: Turn) => Promise<number>

/** Sends so much, over so many sockets at the same time. */
async function attack(
  { count, material, seed }: AttackRequest,
  send: Sender,
  sockets = SOCKETS,
): Promise<AttackReport> {
  const answers: Answers = { statuses: {}, unexpected: [] }
  let [sent, underWay] = [0, 0]
  const run = async (random: Random) => {
    while (sent + underWay < count) {
      const left = Math.min(MOST_AT_ONCE, count - sent - underWay)
      underWay += left
      sent += await send({ random, material, answers, left })
      underWay -= left
    }
  }
  await Promise.all(Array.from({ length: sockets }, (_, at) => run(new Random(seed + at))))
  return { sent, ...answers }
}

/** Lets so many clients of that kind attack at once. */
async function attackAtOnce(request: AttackRequest, send: Sender): Promise<AttackReport> {
  const { count, material, seed } = request
  const answers: Answers = { statuses: {}, unexpected: [] }
  const clients = Array.from({ length: count }, (_, at) =>
    send({ random: new Random(seed + at), material, answers, left: 1 }),
  )
  const sent = (await Promise.all(clients)).reduce((sum, part) => sum + part, 0)
  return { sent, ...answers }
}

/** Requests one by one, pipelined, or cut off in the middle. */
async function sendRequests({ answers, left, material, random }: Turn): Promise<number> {
  const raw = new RawSocket(material.port, answers)
  const most = random.chance(0.02) ? left : Math.min(left, 30)
  const requests = Array.from({ length: random.whole(1, most) }, () =>
    randomRequest(random, material),
  )
  const share = random.next()
  if (share < 0.5) await sendInTurn(raw, requests)
  else if (share < 0.9) {
    raw.write(Buffer.concat(requests))
    await raw.answers(requests.length, PATIENCE_MS)
  } else {
    const all = Buffer.concat(requests)
    raw.write(all.subarray(0, random.whole(0, all.length)))
    if (random.chance(0.5)) await raw.answers(1, PATIENCE_MS)
  }
  raw.socket.destroy()
  return requests.length
}

async function sendInTurn(raw: RawSocket, requests: readonly Buffer[]): Promise<void> {
  for (const request of requests) {
    const before = raw.answered
    raw.write(request)
    await raw.answers(before + 1, PATIENCE_MS)
    // What comes behind a request that is not answered is its body.
    if (raw.closed || raw.answered === before) return
  }
}

/** Frames on a WebSocket, of which some clients have connected. */
async function sendFrames({ answers, left, material, random }: Turn): Promise<number> {
  const raw = new RawSocket(material.port, answers)
  raw.write(upgradeRequest(material))
  if (random.chance(0.9)) await raw.answers(1, HANDSHAKE_MS)
  if (random.chance(0.8)) await greet(raw, random, material)
  const count = random.whole(1, Math.min(left, 40))
  for (let sent = 0; sent < count; sent++) {
    raw.write(randomFrame(random))
    if (random.chance(0.2)) await pause()
  }
  await pause()
  if (random.chance(0.5)) raw.socket.end()
  raw.socket.destroy()
  return count
}

/** A request and an upgrade in one packet; then the client is gone, at once or a little later. */
async function askTwiceAndLeave({ answers, material, random }: Turn): Promise<number> {
  const raw = new RawSocket(material.port, answers)
  const plain = Buffer.from(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${material.port}\r\n\r\n`)
  raw.write(Buffer.concat([plain, upgradeRequest(material)]))
  if (random.chance(0.7)) await raw.answers(random.whole(1, 2), PATIENCE_MS)
  else await new Promise((resolve) => raw.socket.once('connect', resolve).once('close', resolve))
  if (random.chance(0.3)) raw.socket.resetAndDestroy()
  else raw.socket.destroySoon()
  return 1
}

/** Connects with a token that may read, asks for 200 lists, and reads none of them. */
async function listUnread({ answers, material, random }: Turn): Promise<number> {
  const raw = new RawSocket(material.port, answers)
  raw.write(upgradeRequest(material))
  await raw.answers(1, HANDSHAKE_MS)
  const hello = new Promise((resolve) => raw.socket.once('data', resolve).once('close', resolve))
  await greet(raw, random, material)
  await hello
  raw.socket.pause()
  const list = (_: unknown, at: number) =>
    requestFrame(random, `list-${at}`, 'sessions.list', { limit: 1000 })
  raw.write(Buffer.concat(Array.from({ length: LISTS }, list)))
  await new Promise((resolve) => setTimeout(resolve, UNREAD_MS))
  raw.socket.destroy()
  return LISTS
}

/** Asks for large lists and histories in one packet, and reads none of them. */
async function pipelineUnread({ answers, material, random }: Turn): Promise<number> {
  const raw = new RawSocket(material.port, answers)
  raw.socket.pause()
  const count = random.pick([90, 2000])
  const history = `/sessions/${encodeURIComponent(random.pick(material.keys))}/history?limit=1000`
  const path = random.pick(['/api/sessions?limit=1000', history, '/openapi.json', '/healthz'])
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${material.port}`,
    `Authorization: Bearer ${material.tokens.read}`,
  ]
  raw.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`.repeat(count)))
  await new Promise((resolve) => setTimeout(resolve, UNREAD_MS))
  raw.socket.destroy()
  return count
}

async function greet(raw: RawSocket, random: Random, { tokens }: Material): Promise<void> {
  const client = { id: 'gateway-client', version: '1', platform: 'linux', mode: 'backend' }
  const auth = { token: tokens.read }
  const params = { minProtocol: 3, maxProtocol: 4, client, auth }
  raw.write(requestFrame(random, 'greeting', 'connect', params))
  await raw.news(HANDSHAKE_MS)
}

function upgradeRequest({ port }: Material): Buffer {
  const lines = [
    'GET /ws HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2))
}

answerQuestions({
  requests: (request) => attack(request as AttackRequest, sendRequests),
  frames: (request) => attack(request as AttackRequest, sendFrames),
  leavers: (request) => attack(request as AttackRequest, askTwiceAndLeave),
  unreadSockets: (request) => attackAtOnce(request as AttackRequest, listUnread),
  unreadRequests: (request) => attackAtOnce(request as AttackRequest, pipelineUnread),
})
stayForQuestions()
