import t from 'tap'
import { isOwnOrigin, originPolicy } from '../../src/auth/index.js'
import { FULL_GRANT } from '../../src/contract/grant.js'

const policy = originPolicy({
  origins: ['https://Console.example.org', 'http://localhost:5173', 'capacitor://localhost', '*'],
  tokenOrigins: () => ['https://wall.example.org'],
})
const wall = { ...FULL_GRANT, origins: ['https://wall.example.org'] }

t.test('a preflight is allowed for global origins and those of any token', async (t) => {
  const cases: [origin: string, allowed: boolean][] = [
    ['https://console.example.org', true],
    ['HTTPS://CONSOLE.example.org:443', true],
    ['http://localhost:5173', true],
    ['capacitor://localhost', true],
    ['https://wall.example.org', true],
    ['http://console.example.org', false],
    ['https://console.example.org:8443', false],
    ['https://evil-console.example.org', false],
    ['https://console.example.org.evil.test', false],
    ['https://sub.console.example.org', false],
    ['https://console.example.org@evil.test', false],
    ['http://localhost:5174', false],
    ['null', false],
    ['*', false],
    ['', false],
    ['https://console.example.org/', false],
    ['https://console.example.org https://evil.test', false],
  ]
  for (const [origin, allowed] of cases) t.equal(policy.preflightAllowed(origin), allowed, origin)
})

t.test(
  'a request is allowed from the own host, global origins and those of its own token',
  async (t) => {
    const cases: [
      origin: string,
      grant: typeof wall | null,
      host: string | undefined,
      is: boolean,
    ][] = [
      ['https://console.example.org', FULL_GRANT, 'api.example.org', true],
      ['https://console.example.org', null, 'api.example.org', true],
      ['https://wall.example.org', wall, 'api.example.org', true],
      ['https://wall.example.org', FULL_GRANT, 'api.example.org', false],
      ['https://wall.example.org', null, 'api.example.org', false],
      ['https://api.example.org', FULL_GRANT, 'api.example.org', true],
      ['http://127.0.0.1:18790', FULL_GRANT, '127.0.0.1:18790', true],
      ['http://127.0.0.1:18791', FULL_GRANT, '127.0.0.1:18790', false],
      ['null', FULL_GRANT, 'null', false],
      ['https://evil.test', wall, undefined, false],
      ['https://evil.test', wall, '', false],
    ]
    for (const [origin, grant, host, is] of cases)
      t.equal(policy.requestAllowed(origin, grant, host), is, `${origin} at ${host}`)
  },
)

t.test('the own host is compared with its default port left out', async (t) => {
  t.ok(isOwnOrigin('https://api.example.org', 'API.example.org:443'))
  t.ok(isOwnOrigin('http://[::1]:8080', '[::1]:8080'))
  t.notOk(isOwnOrigin('http://api.example.org', 'api.example.org:443'))
  t.notOk(isOwnOrigin('http://api.example.org', 'api.example.org@evil.test'))
})
