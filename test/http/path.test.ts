import fc from 'fast-check'
import t from 'tap'
import { decodeKey, depthOf, segments, splitTarget } from '../../src/surfaces/http/path.js'

t.test('path and query of a request target', async (t) => {
  const rows: [target: string, path: string, query: string][] = [
    ['/a/b?x=1', '/a/b', 'x=1'],
    ['/a', '/a', ''],
    ['/a?', '/a', ''],
    ['/a?x=1?y#z', '/a', 'x=1?y'],
    ['/a#f?x', '/a', ''],
    ['http://host:1/a?x', '/a', 'x'],
    ['HTTPS://host', '', ''],
    ['//host/a', '//host/a', ''],
  ]
  for (const [target, path, query] of rows) t.same(splitTarget(target), { path, query }, target)
})

t.test('segments are raw, and empty ones are segments', async (t) => {
  t.same(segments('/sessions/a%2Fb//history'), ['sessions', 'a%2Fb', '', 'history'])
  t.equal(depthOf('/gw/api/'), 2)
  t.equal(depthOf(''), 0)
})

t.test('every key survives its way through a path segment', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }), (key) => {
      fc.pre(key.trim() !== '' && !key.includes('\0') && Buffer.byteLength(key) <= 1024)
      const parts = segments(`/sessions/${encodeURIComponent(key)}/history`)
      return parts.length === 3 && decodeKey(parts[1] ?? '') === key
    }),
  )
})

t.test('what can be no key is refused', async (t) => {
  for (const segment of ['', '%20', '%09', '%00', 'a%00', '%', '%E0%A4%A', '%FF'])
    t.throws(() => decodeKey(segment), { code: 'invalid_key' }, segment)
  t.throws(() => decodeKey('%C3%A9'.repeat(513)), { code: 'uri_too_long' })
  t.equal(decodeKey('k'.repeat(1024)).length, 1024)
})
