import t from 'tap'
import { knowsTag } from '../../src/surfaces/http/routes/sessions.js'

const rows: [header: string | undefined, etag: string, known: boolean][] = [
  [undefined, '"a"', false],
  ['', '"a"', false],
  ['"a"', '"a"', true],
  ['W/"a"', '"a"', true],
  ['"a"', 'W/"a"', true],
  ['"b", W/"a" ,"c"', '"a"', true],
  ['"b,a"', '"a"', false],
  ['"b,a"', '"b,a"', true],
  ['*', '"a"', true],
  [' * ', '"a"', true],
  ['"*"', '"a"', false],
  ['a', '"a"', false],
  ['"', '"a"', false],
]

t.test('If-None-Match', async (t) => {
  for (const [header, etag, known] of rows)
    t.equal(knowsTag(header, etag), known, `${header} ${etag}`)
})
