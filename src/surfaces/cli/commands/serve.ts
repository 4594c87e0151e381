import { Command, Option } from 'commander'
import { FULL_GRANT } from '../../../contract/grant.js'
import { LogLevel } from '../../../contract/log-level.js'
import type { SessionManager } from '../../../contract/manager.js'
import { ListQuery } from '../../../contract/session.js'
import { type CommandToTry, commandsToTry } from '../commands-to-try.js'
import type { Machine, Overrides, StartedService } from '../machine.js'
import type { Style } from '../style.js'

interface ServeOptions {
  readonly host?: string
  readonly port?: string
  readonly stateDir?: string
  readonly dataDir?: string
  readonly demo?: true
  readonly logLevel?: string
  readonly quiet?: true
}

/** `serve`: starts the service and says what to do with it. */
export function serveCommand(machine: Machine): Command {
  return new Command('serve')
    .description('serve the sessions of an OpenClaw state directory, or of a demo')
    .option('--host <address>', 'address to listen on (SESSIONS_API_HOST)')
    .option('--port <number>', 'port to listen on, 0 for a free one (SESSIONS_API_PORT)')
    .option('--state-dir <path>', 'the OpenClaw state directory (OPENCLAW_STATE_DIR)')
    .option('--data-dir <path>', 'where the service keeps its own files (SESSIONS_API_DATA_DIR)')
    .option('--demo', 'serve the embedded demo gateway (SESSIONS_API_DEMO=1)')
    .addOption(
      new Option('--log-level <level>', 'how much to log (SESSIONS_API_LOG_LEVEL)')
        .choices(LogLevel.options)
        // Checked with the other settings, so that all that is wrong is said at once.
        .argParser(String),
    )
    .option('--quiet', 'print no start screen, and so no token')
    .addHelpText('after', EXAMPLES)
    .action((options: ServeOptions) => serve(options, machine))
}

const EXAMPLES = `
Examples:
  openclaw-sessions serve
  openclaw-sessions serve --demo --port 0
  OPENCLAW_STATE_DIR=/srv/openclaw openclaw-sessions serve

Every setting is an environment variable; .env.example lists them.
`

async function serve(options: ServeOptions, machine: Machine): Promise<void> {
  const service = await machine.startService(overridesOf(options))
  try {
    if (!options.quiet) await showStart(service, machine)
  } finally {
    service.beginLog()
  }
}

async function showStart(service: StartedService, machine: Machine): Promise<void> {
  const { version, style } = machine
  const { served, url, hasDocs, tokensPath } = service
  const docsUrl = hasDocs ? `${url}/docs` : null
  const commands = await commandsFor(service, machine)
  const warnings = [...service.warnings, ...(await sourceWarnings(service.manager))]
  machine.out(startScreen({ version, served, url, docsUrl, tokensPath, warnings, commands }, style))
}

function overridesOf({ host, port, stateDir, dataDir, demo, logLevel }: ServeOptions): Overrides {
  return {
    ...(host === undefined ? {} : { SESSIONS_API_HOST: host }),
    ...(port === undefined ? {} : { SESSIONS_API_PORT: port }),
    ...(stateDir === undefined ? {} : { OPENCLAW_STATE_DIR: stateDir }),
    ...(dataDir === undefined ? {} : { SESSIONS_API_DATA_DIR: dataDir }),
    ...(demo === undefined ? {} : { SESSIONS_API_DEMO: '1' }),
    ...(logLevel === undefined ? {} : { SESSIONS_API_LOG_LEVEL: logLevel }),
  }
}

async function commandsFor(service: StartedService, { program }: Machine) {
  const { url, adminToken, tokensPath, canAct, manager } = service
  const sessionKey = await sessionToTry(manager)
  return commandsToTry({ url, token: adminToken, program, tokensPath, sessionKey, canKill: canAct })
}

/** A session where something happens: a running one, else the newest. A store that cannot be read yet has none. */
async function sessionToTry(manager: SessionManager): Promise<string | null> {
  try {
    const list = await manager.list(ListQuery.parse({ limit: 100 }), FULL_GRANT)
    const { sessions } = list.page()
    const live = sessions.find(({ status, kind }) => status === 'running' && kind !== 'subagent')
    return (live ?? sessions[0])?.key ?? null
  } catch {
    // The screen must come up all the same: /readyz says what is wrong with the store.
    return null
  }
}

/** What is wrong with what is served, with the remedy: whoever starts it can do something about it. */
async function sourceWarnings(manager: SessionManager): Promise<string[]> {
  const { sources } = await manager.health()
  return sources
    .filter(({ status }) => status !== 'ok')
    .map(({ id, message, status }) => `${id} is ${status}. ${message}`)
}

interface StartScreenFacts {
  readonly version: string
  /** What is being served, e.g. the path of a state directory. */
  readonly served: string
  readonly url: string
  /** `null` when the reference page is off. */
  readonly docsUrl: string | null
  readonly tokensPath: string
  readonly warnings: readonly string[]
  readonly commands: readonly CommandToTry[]
}

/** The one screen at start. Each command stands on a line by itself, to be copied whole. */
function startScreen(facts: StartScreenFacts, style: Style): string {
  const row = (name: string, value: string) => `  ${style.quiet(name.padEnd(10))}${value}`
  const lines = [
    style.strong(`openclaw-sessions ${facts.version}`),
    '',
    row('serving', facts.served),
    row('url', facts.url),
    ...(facts.docsUrl === null ? [] : [row('reference', facts.docsUrl)]),
    row('tokens', facts.tokensPath),
    ...facts.warnings.map((warning) => row('warning', warning)),
    '',
    'Try in another terminal:',
    ...facts.commands.flatMap(({ does, command }) => ['', style.quiet(`# ${does}`), command]),
    '',
    style.quiet('Ctrl-C stops the service.'),
  ]
  return `${lines.join('\n')}\n`
}
