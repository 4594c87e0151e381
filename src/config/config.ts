import envPaths from 'env-paths'
import * as z from 'zod'
import { LogLevel } from '../contract/log-level.js'
import { SessionsError } from '../errors.js'
import { nearest } from '../system/spelling.js'
import { describeSettings } from './doc.js'
import {
  gatewayText,
  hostsText,
  hostText,
  numberText,
  originsText,
  pathText,
  proxyText,
  secretText,
  switchText,
  tokenText,
} from './text.js'

/** All that can be set, with its default beside it. `.env.example` and the help of the command line come from here. */
export const Config = z.object({
  host: hostText.default('127.0.0.1').meta({
    env: 'SESSIONS_API_HOST',
    accepts: 'an address or host name, e.g. 127.0.0.1, ::1 or 0.0.0.0',
    description: 'Address to listen on. Beyond loopback, put a TLS proxy in front.',
  }),
  port: numberText(0, 65_535).default(18_790).meta({
    env: 'SESSIONS_API_PORT',
    accepts: 'a whole number from 0 to 65535; 0 picks a free port',
    description: 'Port to listen on.',
  }),
  token: tokenText.optional().meta({
    env: 'SESSIONS_API_TOKEN',
    accepts: '32 to 1024 visible ASCII characters without spaces',
    description:
      'An admin token for this process. Without it and without a tokens file one is made at start and printed.',
  }),
  tokensFile: pathText.optional().meta({
    env: 'SESSIONS_API_TOKENS_FILE',
    accepts: 'a path',
    description: 'File of tokens; `openclaw-sessions tokens` manages it.',
    defaultText: 'tokens.json in the data directory',
  }),
  dataDir: pathText.optional().meta({
    env: 'SESSIONS_API_DATA_DIR',
    accepts: 'a path',
    description: 'Where this service keeps its own files.',
    defaultText: "the platform's folder for user data; in a demo a temporary one",
  }),
  corsOrigins: originsText.default([]).meta({
    env: 'SESSIONS_API_CORS_ORIGINS',
    accepts: 'origins, separated by commas, e.g. https://console.example.org; never `*`',
    description: 'Browser origins that may call, for every token.',
  }),
  allowedHosts: hostsText.default([]).meta({
    env: 'SESSIONS_API_ALLOWED_HOSTS',
    accepts: 'host names, separated by commas',
    description:
      'Host names that requests may use beside loopback names. Beyond loopback any name is allowed when this is empty.',
  }),
  trustProxy: proxyText.default(false).meta({
    env: 'SESSIONS_API_TRUST_PROXY',
    accepts:
      '0, addresses such as 10.0.0.0/8, loopback, linklocal or uniquelocal, separated by commas, or 1 for anybody',
    description: 'Whose X-Forwarded-* headers to believe.',
  }),
  demo: switchText.default(false).meta({
    env: 'SESSIONS_API_DEMO',
    accepts: '1 or 0',
    description: 'Serve the embedded demo gateway even where an OpenClaw state directory exists.',
  }),
  stateDir: pathText.optional().meta({
    env: 'OPENCLAW_STATE_DIR',
    accepts: 'the path of an existing directory',
    description: 'The OpenClaw state directory to serve.',
    defaultText: '~/.openclaw if it has agents, else the demo',
  }),
  gatewayUrl: gatewayText.optional().meta({
    env: 'SESSIONS_API_GATEWAY_URL',
    accepts: 'a ws:// or wss:// URL without credentials, or off',
    description: 'The live gateway whose runs can be seen and controlled.',
    defaultText: 'found in openclaw.json of the state directory',
  }),
  gatewayToken: secretText.optional().meta({
    env: 'SESSIONS_API_GATEWAY_TOKEN',
    accepts: 'visible ASCII characters without spaces, at most 1024',
    description: 'Token of that gateway.',
    defaultText: 'found in openclaw.json of the state directory',
  }),
  gatewayPassword: secretText.optional().meta({
    env: 'SESSIONS_API_GATEWAY_PASSWORD',
    accepts: 'visible ASCII characters without spaces, at most 1024',
    description: 'Password of that gateway, where it asks for one instead of a token.',
    defaultText: 'found in openclaw.json of the state directory',
  }),
  logLevel: z.string().trim().toLowerCase().pipe(LogLevel).default('info').meta({
    env: 'SESSIONS_API_LOG_LEVEL',
    accepts: 'fatal, error, warn, info, debug, trace or silent',
    description: 'How much to log. Session keys appear from debug on.',
  }),
  docs: switchText.default(true).meta({
    env: 'SESSIONS_API_DOCS',
    tuning: true,
    accepts: '1 or 0',
    description: 'Serve the reference page at /docs.',
  }),
  metrics: switchText.default(true).meta({
    env: 'SESSIONS_API_METRICS',
    tuning: true,
    accepts: '1 or 0',
    description: 'Measure, and serve /metrics for Prometheus.',
  }),
  maxStreams: numberText(1, 1_000_000).default(10_000).meta({
    env: 'SESSIONS_API_MAX_STREAMS',
    tuning: true,
    accepts: 'a whole number from 1 to 1000000',
    description: 'Event streams that may be open at the same time.',
  }),
  maxStreamsPerToken: numberText(1, 1_000_000).default(8000).meta({
    env: 'SESSIONS_API_MAX_STREAMS_PER_TOKEN',
    tuning: true,
    accepts: 'a whole number from 1 to 1000000',
    description: 'Event streams that one token may have open at the same time.',
  }),
  maxEvents: numberText(100, 1_000_000).default(10_000).meta({
    env: 'SESSIONS_API_MAX_EVENTS',
    tuning: true,
    accepts: 'a whole number from 100 to 1000000',
    description:
      'Changes that are held for clients of the live feed who come back; who missed more lists again.',
  }),
  maxEventBytes: numberText(1024 * 1024, 1024 * 1024 * 1024)
    .default(32 * 1024 * 1024)
    .meta({
      env: 'SESSIONS_API_MAX_EVENT_BYTES',
      tuning: true,
      accepts: 'bytes, from 1048576 (1 MiB) to 1073741824 (1 GiB)',
      description: 'Memory that these changes may take, whichever is reached first.',
    }),
  fileNotify: switchText.default(true).meta({
    env: 'SESSIONS_API_FILE_NOTIFY',
    tuning: true,
    accepts: '1 or 0',
    description: 'Be notified of changed files. 0 for file systems that send no notification.',
  }),
  pollMs: numberText(50, 60_000).default(1000).meta({
    env: 'SESSIONS_API_POLL_MS',
    tuning: true,
    accepts: 'milliseconds, from 50 to 60000',
    description: 'How often files are looked at besides being notified of changes.',
  }),
  activeMinutes: numberText(1, 525_600).default(60).meta({
    env: 'SESSIONS_API_ACTIVE_MINUTES',
    tuning: true,
    accepts: 'minutes, from 1 to 525600',
    description: 'A session counts as active for this long after its last activity.',
  }),
  writesPerMinute: numberText(0, 1_000_000).default(600).meta({
    env: 'SESSIONS_API_WRITES_PER_MINUTE',
    tuning: true,
    accepts: 'a whole number from 0 to 1000000; 0 means no limit',
    description: 'Writes, such as control actions, that one token may make in a minute.',
  }),
  shutdownMs: numberText(100, 60_000).default(4500).meta({
    env: 'SESSIONS_API_SHUTDOWN_MS',
    tuning: true,
    accepts: 'milliseconds, from 100 to 60000',
    description: 'How long requests may take to end at shutdown before the process ends anyway.',
  }),
  demoSeed: numberText(0, 4_294_967_295).default(1).meta({
    env: 'SESSIONS_API_DEMO_SEED',
    tuning: true,
    accepts: 'a whole number from 0 to 4294967295',
    description: 'Equal seeds give equal demos.',
  }),
  demoStepMs: numberText(20, 60_000).default(1000).meta({
    env: 'SESSIONS_API_DEMO_STEP_MS',
    tuning: true,
    accepts: 'milliseconds, from 20 to 60000',
    description: 'Length of a step of a demo agent.',
  }),
})
export type Config = Readonly<z.infer<typeof Config>>

/** Every setting, in the order of the schema: what `.env.example`, the README and error messages say of it. */
export const SETTINGS = describeSettings(Config.shape)

/** Environment variables, or other text by the same names. An empty value is the same as none. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface LoadedConfig {
  readonly config: Config
  /** Sentences about settings that were ignored or are not wise. */
  readonly warnings: readonly string[]
}

/** The settings of this process; `flags` (by environment name) win. Throws as `parseConfig`. */
export function loadConfig(flags: Environment = {}): LoadedConfig {
  return parseConfig(process.env, flags)
}

/**
 * Parses and freezes; `flags` are settings of the command line, by environment name, and win. Throws `invalid_setting` naming
 * every bad setting and what it accepts.
 */
export function parseConfig(environment: Environment, flags: Environment = {}): LoadedConfig {
  const all = { ...environment, ...flags }
  const given = SETTINGS.flatMap(({ field, name }) => {
    const value = all[name]
    return value === undefined || value.trim() === '' ? [] : [[field, value] as const]
  })
  const parsed = Config.safeParse(Object.fromEntries(given))
  if (!parsed.success) throw badSettings(parsed.error, environment, flags)
  return { config: Object.freeze(parsed.data), warnings: warningsOf(all) }
}

/** The platform's folder for this user's data; XDG on Linux. */
export function defaultDataDir(): string {
  return envPaths('openclaw-sessions-api', { suffix: '' }).data
}

function badSettings(
  { issues }: z.ZodError,
  environment: Environment,
  flags: Environment,
): SessionsError {
  const firsts = SETTINGS.flatMap((setting) => {
    const issue = issues.find(({ path }) => path[0] === setting.field)
    return issue === undefined ? [] : [{ issue, setting }]
  })
  const [first] = firsts
  if (first === undefined) throw new TypeError('a setting without documentation')
  const sentences = firsts.map(({ issue, setting }) => {
    const flag = flags[setting.name]
    return sentenceOn(
      setting,
      issue,
      flag === undefined ? environment[setting.name] : flag,
      flag !== undefined,
    )
  })
  const text =
    sentences.length === 1
      ? sentences.join('')
      : ['Several settings are not accepted.', ...sentences].join('\n  ')
  const settings = firsts.map(({ setting }) => setting.name)
  return new SessionsError('invalid_setting', text, {
    details: { setting: first.setting.name, settings },
  })
}

function sentenceOn(
  { accepts, field, name }: (typeof SETTINGS)[number],
  issue: z.core.$ZodIssue,
  value: string | undefined,
  isFlag: boolean,
): string {
  const shown = SECRETS.has(field) ? 'its value' : JSON.stringify(value)
  const reason = issue.code === 'custom' && issue.message !== 'Invalid input' ? issue.message : null
  const why = reason === null ? '' : ` (${reason})`
  return `${isFlag ? flagOf(name) : name}: ${shown} is not accepted${why}; it takes ${accepts}.`
}

/** The flag of the command line that stands for a setting. */
function flagOf(name: string): string {
  const words = name.replace(/^(SESSIONS_API|OPENCLAW)_/, '')
  return `--${words.toLowerCase().replaceAll('_', '-')}`
}

function warningsOf(environment: Environment): string[] {
  const names = SETTINGS.map(({ name }) => name)
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('SESSIONS_API_') && !names.includes(name),
  )
  return unknown.map((name) => {
    const meant = nearest(name, names)
    return `${name} is not a setting${meant === null ? '' : `; did you mean ${meant}?`}`
  })
}

/** Never shown, not even when they are wrong. A URL that is not accepted may hold a password. */
const SECRETS = new Set(['token', 'gatewayUrl', 'gatewayToken', 'gatewayPassword'])
