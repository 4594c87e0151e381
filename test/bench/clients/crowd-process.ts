/**
 * A process of followers: opens many event streams, looks for the marker of each broadcast in what they receive, and
 * tells when all of them have it. It parses nothing: 5,000 followers on one core must not be what is measured.
 */
import type { Socket } from 'node:net'
import { answerQuestions, stayForQuestions, tell } from '../processes/channel.js'
import type { Endpoint } from './endpoint.js'
import { followerSocket } from './follower-socket.js'
import { MARKER, MARKER_CHARS, markerNumber } from './marker.js'
import { textFrame, UPGRADE } from './web-socket-bytes.js'

export interface CrowdRequest {
  readonly endpoint: Endpoint
  readonly paths: readonly string[]
  /** So many of the first followers read nothing after they have begun. */
  readonly stalled?: number
  /** Text of a stream's first event. Default: that of a page of history. */
  readonly first?: string
  /** Over a WebSocket, in turn: what is said once that was heard. Default: an event stream, on which nothing is said. */
  readonly talk?: readonly Turn[]
}

export interface Turn {
  readonly heard: string
  readonly say: string
}

/** Connections that are opened at the same time: more would overflow a server's queue of new ones. */
const OPENING = 100

const FIRST_EVENT = 'event: history'
const EVENT_STREAM = { accept: 'text/event-stream' }

const NEWLINE = 0x0a
const BRACE = 0x7d

interface Tally {
  count: number
  first: bigint
}

/** Broadcast → followers that have it. */
const tallies = new Map<number, Tally>()
const sockets = new Set<Socket>()
let reading = 0
let ended = 0
let received = 0

answerQuestions({
  open: (request) => open(request as CrowdRequest),
  close: () => closeAll(),
  /** Streams that the server ended. */
  ended: () => ended,
  /** Markers that were received, by all followers together. */
  received: () => received,
})
stayForQuestions()

async function open(request: CrowdRequest): Promise<void> {
  const { endpoint, first = FIRST_EVENT, paths, stalled = 0, talk } = request
  const beginning = Buffer.from(first)
  reading += paths.length - stalled
  let next = 0
  const openNext = async (): Promise<void> => {
    while (next < paths.length) {
      const index = next++
      await begin(endpoint, paths[index] as string, { beginning, stalls: index < stalled, talk })
    }
  }
  await Promise.all(Array.from({ length: OPENING }, openNext))
}

interface Beginning {
  readonly beginning: Buffer
  readonly stalls: boolean
  readonly talk: readonly Turn[] | undefined
}

/** Resolves when the first event is there. */
function begin(
  endpoint: Endpoint,
  path: string,
  { beginning, stalls, talk }: Beginning,
): Promise<void> {
  const left = [...(talk ?? [])]
  return new Promise((resolve, reject) => {
    let begun = false
    // The end of the last read where a marker might be torn.
    let torn = ''
    const asking = talk === undefined ? EVENT_STREAM : UPGRADE
    const socket = followerSocket(endpoint, path, asking, {
      onBytes(bytes) {
        if (begun) {
          torn = tallyMarkers(bytes, torn)
          return
        }
        if (left[0] !== undefined && bytes.includes(left[0].heard))
          socket.write(textFrame(left.shift()?.say ?? ''))
        if (left.length > 0 || !bytes.includes(beginning)) return
        begun = true
        if (stalls) socket.pause()
        resolve()
      },
      onEnd() {
        sockets.delete(socket)
        ended += 1
        reject(new Error(`the stream ${path} ended before its first event`))
      },
    })
    sockets.add(socket)
  })
}

function tallyMarkers(bytes: Buffer, torn: string): string {
  const text = torn === '' ? bytes : Buffer.concat([Buffer.from(torn, 'latin1'), bytes])
  let end = 0
  for (let at = text.indexOf(MARKER); at !== -1; at = text.indexOf(MARKER, at + MARKER_CHARS)) {
    if (at + MARKER_CHARS > text.length) break
    tally(markerNumber(text, at))
    end = at + MARKER_CHARS
  }
  // A read that ends with a frame, of either kind, holds no part of the next marker; nearly every one does.
  if (text.at(-1) === NEWLINE || text.at(-1) === BRACE) return ''
  return text.toString('latin1', Math.max(end, text.length - MARKER_CHARS + 1))
}

function tally(broadcast: number): void {
  received += 1
  let tally = tallies.get(broadcast)
  if (tally === undefined) {
    tally = { count: 0, first: process.hrtime.bigint() }
    tallies.set(broadcast, tally)
  }
  tally.count += 1
  if (tally.count < reading) return
  tallies.delete(broadcast)
  const last = process.hrtime.bigint()
  tell('delivered', { broadcast, first: String(tally.first), last: String(last) })
}

function closeAll(): void {
  for (const socket of sockets) socket.destroy()
}
