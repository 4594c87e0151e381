import t from 'tap'
import { namedQuality, prefers } from '../../src/surfaces/http/accept.js'

const STREAM = 'text/event-stream'

t.test('the quality of a type that is named', async (t) => {
  const rows: [accept: string | undefined, quality: number][] = [
    [undefined, 0],
    ['*/*', 0],
    ['text/*', 0],
    [STREAM, 1],
    ['Text/Event-Stream', 1],
    [`text/html, ${STREAM};q=0.4`, 0.4],
    [`${STREAM} ; q=0`, 0],
    [`${STREAM};q=7`, 1],
    [`${STREAM};q=x`, 0],
    [`${STREAM};charset=utf-8;q=0.2`, 0.2],
    ['text/event-streams', 0],
    [';;;,,,', 0],
  ]
  for (const [accept, quality] of rows)
    t.equal(namedQuality(accept, STREAM), quality, accept ?? 'none')
})

t.test('a type is preferred when it is liked as much as JSON', async (t) => {
  t.equal(prefers(`application/json, ${STREAM}`, STREAM), true)
  t.equal(prefers(`application/json, ${STREAM};q=0.9`, STREAM), false)
  t.equal(prefers('*/*', STREAM), false)
})
