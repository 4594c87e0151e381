import t from 'tap'
import { sanitised } from '../../../../src/stores/openclaw/bundle/sanitised.js'

const JWT = `eyJ${'a'.repeat(12)}.${'b'.repeat(12)}.${'c'.repeat(12)}`

const cases: readonly [name: string, value: unknown, left: unknown][] = [
  ['plain values', [1, null, true, 'text'], [1, null, true, 'text']],
  [
    'credentials by name',
    { apiKey: 'k', auth_token: 't', tokens: 7, note: 'n' },
    { tokens: 7, note: 'n' },
  ],
  ['whole headers', { Authorization: 'x', 'proxy-authorization': 'y' }, {}],
  ['a pair', { name: 'client_secret', value: 'v' }, { name: 'client_secret', value: '<redacted>' }],
  ['a pair with a key', [{ key: 'token', value: 'v' }], [{ key: 'token', value: '<redacted>' }]],
  ['a bearer in a text', 'use Bearer abcdefgh12', 'use Bearer <redacted>'],
  ['a token in a text', `see ${JWT}.`, 'see <redacted-jwt>.'],
  ['a cookie in a text', 'sid=0123456789abcdef; x=1', 'sid=<redacted>; x=1'],
]

for (const [name, value, left] of cases)
  t.test(name, async (t) => {
    t.strictSame(sanitised(value), left)
  })

t.test('an image', async (t) => {
  const image = sanitised({ type: 'image', data: 'AAEC', mimeType: 'image/png' })
  t.match(image, { type: 'image', data: '<redacted>', bytes: 3, sha256: /^[0-9a-f]{64}$/ })
  t.match(sanitised({ media_type: ' IMAGE/png', data: 'AA==' }), { data: '<redacted>', bytes: 1 })
  t.match(sanitised({ type: 'text', data: 'AAEC' }), { data: 'AAEC' })
})
