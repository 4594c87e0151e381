import { execFileSync } from 'node:child_process'
import t from 'tap'
import { parseConfig, SETTINGS } from '../src/config/config.js'

t.test('without an environment everything has its default, frozen', async (t) => {
  const { config, warnings } = parseConfig({})
  t.match(config, { host: '127.0.0.1', port: 18790, demo: false, logLevel: 'info' })
  t.strictSame(config.corsOrigins, [])
  t.equal(config.token, undefined)
  t.strictSame(warnings, [])
  t.ok(Object.isFrozen(config))
})

const accepted: [name: string, text: string, field: string, value: unknown][] = [
  ['SESSIONS_API_HOST', '0.0.0.0', 'host', '0.0.0.0'],
  ['SESSIONS_API_HOST', '::1', 'host', '::1'],
  ['SESSIONS_API_PORT', '0', 'port', 0],
  ['SESSIONS_API_PORT', ' 65535 ', 'port', 65535],
  ['SESSIONS_API_PORT', '', 'port', 18790],
  [
    'SESSIONS_API_TOKEN',
    'ocs_secret-of-mine-0123456789abcdef',
    'token',
    'ocs_secret-of-mine-0123456789abcdef',
  ],
  ['SESSIONS_API_TOKENS_FILE', '/run/secrets/tokens', 'tokensFile', '/run/secrets/tokens'],
  ['SESSIONS_API_DATA_DIR', '/data', 'dataDir', '/data'],
  [
    'SESSIONS_API_CORS_ORIGINS',
    'https://A.org:443, http://b:8080',
    'corsOrigins',
    ['https://a.org', 'http://b:8080'],
  ],
  [
    'SESSIONS_API_ALLOWED_HOSTS',
    'a.lan b.lan:80,[::1]',
    'allowedHosts',
    ['a.lan', 'b.lan:80', '[::1]'],
  ],
  ['SESSIONS_API_TRUST_PROXY', 'loopback,10.0.0.0/8', 'trustProxy', ['loopback', '10.0.0.0/8']],
  ['SESSIONS_API_TRUST_PROXY', '1', 'trustProxy', true],
  ['SESSIONS_API_DEMO', '1', 'demo', true],
  ['SESSIONS_API_DEMO', 'off', 'demo', false],
  ['SESSIONS_API_LOG_LEVEL', 'DEBUG', 'logLevel', 'debug'],
  ['OPENCLAW_STATE_DIR', '/srv/openclaw', 'stateDir', '/srv/openclaw'],
]

t.test('accepted values', async (t) => {
  for (const [name, text, field, value] of accepted)
    t.strictSame(
      { ...parseConfig({ [name]: text }).config }[field as 'host'],
      value,
      `${name}=${text}`,
    )
})

const refused: [name: string, text: string][] = [
  ['SESSIONS_API_HOST', 'http://x'],
  ['SESSIONS_API_PORT', '65536'],
  ['SESSIONS_API_PORT', '-1'],
  ['SESSIONS_API_PORT', '1e3'],
  ['SESSIONS_API_PORT', 'http'],
  ['SESSIONS_API_TOKEN', 'two words'],
  ['SESSIONS_API_TOKEN', 'ümlaut'],
  ['SESSIONS_API_TOKEN', 'a'],
  ['SESSIONS_API_TOKEN', 'x'.repeat(31)],
  ['SESSIONS_API_CORS_ORIGINS', '*'],
  ['SESSIONS_API_CORS_ORIGINS', 'https://a.org/path'],
  ['SESSIONS_API_CORS_ORIGINS', 'null'],
  ['SESSIONS_API_CORS_ORIGINS', 'a.org'],
  ['SESSIONS_API_ALLOWED_HOSTS', 'http://a.lan'],
  ['SESSIONS_API_TRUST_PROXY', '10.0.0.0/33'],
  ['SESSIONS_API_TRUST_PROXY', '2'],
  ['SESSIONS_API_TRUST_PROXY', 'everyone'],
  ['SESSIONS_API_DEMO', 'maybe'],
  ['SESSIONS_API_LOG_LEVEL', 'loud'],
  ['SESSIONS_API_POLL_MS', '1'],
]

t.test('a bad value names its setting and what it takes', async (t) => {
  for (const [name, text] of refused) {
    const accepts = SETTINGS.find((setting) => setting.name === name)?.accepts ?? ''
    const error = thrownBy(() => parseConfig({ [name]: text }))
    t.match(error, { code: 'invalid_setting', details: { setting: name } }, `${name}=${text}`)
    t.ok(error.message.startsWith(`${name}: `))
    t.ok(error.message.endsWith(`it takes ${accepts}.`), error.message)
  }
})

t.test('all bad values are named at once, those of flags by their flag, and no secret', (t) => {
  const bad = Object.fromEntries(refused)
  const flags = { SESSIONS_API_PORT: 'x', OPENCLAW_STATE_DIR: ' /ok' }
  const { message } = thrownBy(() =>
    parseConfig({ ...bad, SESSIONS_API_TOKEN: 'hush hush' }, flags),
  )
  const lines = message.split('\n')
  const names = new Set([...Object.keys(bad), 'SESSIONS_API_TOKEN'])
  t.equal(lines.length, 1 + names.size)
  for (const name of names) {
    const shown = name === 'SESSIONS_API_PORT' ? '--port: "x"' : `${name}: `
    t.ok(
      lines.some((line) => line.startsWith(`  ${shown}`)),
      name,
    )
  }
  t.notMatch(message, 'hush')
  t.end()
})

t.test('a short token is refused with a command that makes a long one', async (t) => {
  const { message } = thrownBy(() => parseConfig({ SESSIONS_API_TOKEN: 'short' }))
  const command = /`export SESSIONS_API_TOKEN=\$\((.+)\)`/.exec(message)?.[1] ?? ''
  const made = execFileSync('sh', ['-c', `${command}`], { encoding: 'utf8' }).trim()
  t.equal(parseConfig({ SESSIONS_API_TOKEN: made }).config.token, made)
})

t.test('a bad token is not repeated, and `*` is refused with the reason', async (t) => {
  t.notMatch(thrownBy(() => parseConfig({ SESSIONS_API_TOKEN: 'my secret' })).message, 'secret')
  const { message } = thrownBy(() => parseConfig({ SESSIONS_API_CORS_ORIGINS: 'https://a.org,*' }))
  t.match(message, /every web page use the cookie/)
})

t.test('a name that is no setting is told, with the one that was meant', async (t) => {
  const { warnings } = parseConfig({
    SESSIONS_API_PROT: '1',
    SESSIONS_API_SOMETHING_ELSE_ALTOGETHER: '1',
    PATH: '/bin',
  })
  t.match(warnings, [
    'SESSIONS_API_PROT is not a setting; did you mean SESSIONS_API_PORT?',
    /^SESSIONS_API_SOMETHING_ELSE_ALTOGETHER is not a setting$/,
  ])
})

t.test('what the documentation gives as default is the default', async (t) => {
  const written = SETTINGS.filter(({ defaultIsValue }) => defaultIsValue)
  const environment = Object.fromEntries(written.map((setting) => [setting.name, setting.default]))
  t.strictSame(parseConfig(environment).config, parseConfig({}).config)
  for (const { name, description, accepts } of SETTINGS) t.ok(description && accepts, name)
})

function thrownBy(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}
