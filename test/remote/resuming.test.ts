import { once } from 'node:events'
import t from 'tap'
import { SessionsError } from '../../src/errors.js'
import { type OpenStream, resuming } from '../../src/remote/resuming.js'

const event = (id: number) => new TextEncoder().encode(`id: ${id}-00000000\ndata: ${id}\n\n`)

/** Connections one after the other: chunks that end in a close, a failure or silence. */
function connections(...each: (AsyncGenerator<Uint8Array> | Error)[]) {
  const asked: (string | undefined)[] = []
  const open: OpenStream = async (lastEventId) => {
    asked.push(lastEventId)
    const next = each.shift()
    if (next === undefined) throw new SessionsError('session_not_found', 'It is gone.')
    if (next instanceof Error) throw next
    return next
  }
  return { asked, open }
}

async function* closing(...chunks: Uint8Array[]) {
  yield* chunks
}

async function* breaking(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
  throw new TypeError('terminated')
}

const signal = new AbortController().signal

async function readAll(open: OpenStream, notes: string[] = [], silenceMs?: number) {
  const data: string[] = []
  const onNote = (note: string) => notes.push(note)
  const options = { open, signal, onNote, ...(silenceMs === undefined ? {} : { silenceMs }) }
  const error = await (async () => {
    for await (const one of resuming(options)) data.push(one.data)
  })().catch((error: unknown) => error)
  return { data, error }
}

t.test('goes on after the last event, until it is told that there is nothing more', async (t) => {
  const away = new SessionsError('unavailable', 'It is starting.')
  const { asked, open } = connections(closing(event(1), event(2)), away, breaking(event(3)))
  const notes: string[] = []
  const { data, error } = await readAll(open, notes)
  t.strictSame(data, ['1', '2', '3'])
  t.strictSame(asked, [undefined, '2-00000000', '2-00000000', '3-00000000'])
  t.match(error, { code: 'session_not_found' })
  t.strictSame(notes, [
    'The connection is lost; it is tried again.',
    'The connection is back.',
    'The connection is lost; it is tried again.',
  ])
})

t.test(
  'an event that is torn between two chunks is one event, a torn last one is asked for again',
  async (t) => {
    const [a, b] = [event(1).subarray(0, 9), event(1).subarray(9)]
    const { asked, open } = connections(closing(a, b, event(2).subarray(0, 12)), closing(event(2)))
    t.match(await readAll(open), { data: ['1', '2'] })
    t.equal(asked[1], '1-00000000')
  },
)

t.test('a first connection that fails is not tried again', async (t) => {
  const { asked, open } = connections(new SessionsError('unavailable', 'Nobody is there.'))
  t.match(await readAll(open), { data: [], error: { code: 'unavailable' } })
  t.equal(asked.length, 1)
})

t.test('a service that says nothing any more is gone, whatever its socket says', async (t) => {
  const silent: string[] = []
  const open: OpenStream = async (lastEventId, signal) => {
    silent.push(lastEventId ?? 'the start')
    if (silent.length > 2) throw new SessionsError('session_not_found', 'It is gone.')
    return (async function* () {
      yield event(silent.length)
      await once(signal, 'abort')
      throw signal.reason
    })()
  }
  t.match(await readAll(open, [], 50), { data: ['1', '2'] })
  t.strictSame(silent, ['the start', '1-00000000', '2-00000000'])
})
