import type { Random } from '../../bench/data/random.js'

/** A frame's head has a bit each for the end of the message and for extensions that were not agreed on. RFC 6455 §5.2. */
interface Frame {
  readonly payload: Buffer
  readonly opcode?: number
  readonly fin?: boolean
  readonly reserved?: number
  readonly masked?: boolean
  /** Another length than the payload has. */
  readonly length?: number
}

const METHODS =
  'connect health sessions.list sessions.get sessions.preview sessions.resolve sessions.describe chat.history sessions.subscribe sessions.unsubscribe sessions.abort sessions.patch sessions.delete sessions.nothing __proto__'.split(
    ' ',
  )
const PARAMS = [
  undefined,
  null,
  7,
  'x',
  [],
  {},
  { limit: 5 },
  { limit: -1 },
  { limit: '5' },
  { key: 'agent:main:main' },
  { key: ['x'] },
  { key: 'k'.repeat(5000) },
  { keys: Array(500).fill('x') },
  { sessionKey: '\ud800' },
  { minProtocol: 3, maxProtocol: 1 },
  { auth: { token: 5 } },
] as const
const TEXTS = [
  '',
  '{',
  'null',
  '[]',
  '"req"',
  '{"type":"res"}',
  '{"type":"req"}',
  '{"type":"req","id":5,"method":"health"}',
  '{"type":"req","id":"","method":"health"}',
  '{"type":"req","id":"1","method":"health","more":1}',
  '['.repeat(20_000),
  `{"type":"req","id":"${'i'.repeat(3000)}","method":"health"}`,
  '\ufeff{"type":"req","id":"1","method":"health"}',
]

/** The bytes of a client's frame, valid or not. */
export function randomFrame(random: Random): Buffer {
  const share = random.next()
  if (share < 0.55) return frameBytes(random, { payload: Buffer.from(requestText(random)) })
  if (share < 0.75) return frameBytes(random, { payload: Buffer.from(random.pick(TEXTS)) })
  return frameBytes(random, oddFrame(random))
}

/** The text frame of a request. */
export function requestFrame(random: Random, id: string, method: string, params: object): Buffer {
  const text = JSON.stringify({ type: 'req', id, method, params })
  return frameBytes(random, { payload: Buffer.from(text) })
}

function requestText(random: Random): string {
  const [method, params] = [random.pick(METHODS), random.pick(PARAMS)]
  return JSON.stringify({ type: 'req', id: random.hex(4), method, params })
}

function oddFrame(random: Random): Frame {
  const payload = Buffer.from(requestText(random))
  const control = random.pick([0x8, 0x9, 0xa])
  return random.pick<() => Frame>([
    () => ({ payload, fin: false }),
    () => ({ payload, opcode: 0 }),
    () => ({ payload, opcode: 0, fin: false }),
    () => ({ payload: Buffer.from('ping'), opcode: 0x9 }),
    () => ({ payload: Buffer.from('pong'), opcode: 0xa }),
    () => ({ payload: Buffer.alloc(126), opcode: control }),
    () => ({ payload: Buffer.alloc(2), opcode: control, fin: false }),
    () => ({ payload: Buffer.from([0x03, random.whole(0, 255), 0xff]), opcode: 0x8 }),
    () => ({ payload: Buffer.alloc(1), opcode: 0x8 }),
    () => ({ payload, opcode: 0x2 }),
    () => ({ payload, opcode: random.whole(3, 7) }),
    () => ({ payload, reserved: random.whole(1, 7) }),
    () => ({ payload, masked: false }),
    () => ({ payload: Buffer.from([0xff, 0xfe, 0x80]) }),
    () => ({ payload, length: random.pick([0, 125, 65_535, 2 ** 31, 2 ** 48]) }),
    () => ({ payload: Buffer.alloc(random.pick([70_000, 1_100_000]), 'x') }),
  ])()
}

function frameBytes(random: Random, frame: Frame): Buffer {
  const { fin = true, masked = true, opcode = 1, payload, reserved = 0 } = frame
  const length = frame.length ?? payload.length
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const head: Buffer[] = [Buffer.from([first, (masked ? 0x80 : 0) | shortLength(length)])]
  if (length > 0xffff) head.push(bigEndian(length, 8))
  else if (length > 125) head.push(bigEndian(length, 2))
  if (!masked) return Buffer.concat([...head, payload])
  const mask = Buffer.from(random.hex(8), 'hex')
  const hidden = payload.map((byte, at) => byte ^ (mask[at % 4] as number))
  return Buffer.concat([...head, mask, hidden])
}

function shortLength(length: number): number {
  if (length <= 125) return length
  return length <= 0xffff ? 126 : 127
}

function bigEndian(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  if (bytes === 2) buffer.writeUInt16BE(value)
  else buffer.writeBigUInt64BE(BigInt(value))
  return buffer
}
