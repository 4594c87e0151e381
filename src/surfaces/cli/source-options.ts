import { type Command, Option } from 'commander'
import { remoteManager } from '../../remote/remote-manager.js'
import type { Machine, Overrides } from './machine.js'
import type { Sessions } from './sessions.js'

/** Which sessions a command is about. */
export interface SourceOptions {
  readonly url?: string
  readonly token?: string
  readonly stateDir?: string
  readonly dataDir?: string
  readonly demo?: true
  readonly gatewayUrl?: string
  readonly gatewayToken?: string
  readonly gatewayPassword?: string
}

const GROUP = 'Which sessions:'

/** Adds the options that every command on sessions has. */
export function withSource(command: Command): Command {
  return command
    .optionsGroup(GROUP)
    .addOption(
      new Option(
        '--url <url>',
        'those of a running service, such as http://127.0.0.1:18790',
      ).conflicts(['stateDir', 'dataDir', 'demo', 'gatewayUrl']),
    )
    .option('--token <token>', 'its token (SESSIONS_API_TOKEN)')
    .option('--state-dir <path>', 'those of an OpenClaw state directory (OPENCLAW_STATE_DIR)')
    .option('--data-dir <path>', "the service's own files (SESSIONS_API_DATA_DIR)")
    .option('--demo', 'those of the embedded demo gateway')
    .option('--gateway-url <url>', 'the live gateway, or off (SESSIONS_API_GATEWAY_URL)')
    .option('--gateway-token <token>', 'its token (SESSIONS_API_GATEWAY_TOKEN)')
    .option('--gateway-password <password>', 'its password (SESSIONS_API_GATEWAY_PASSWORD)')
}

/** Opens the sessions, works on them, and closes them again whatever happens. */
export async function withSessions(
  machine: Machine,
  options: SourceOptions,
  work: (source: Sessions) => Promise<void>,
): Promise<void> {
  const source = await openSource(machine, options)
  try {
    await work(source)
  } finally {
    await source.close()
  }
}

/** Opens them, or the one store file of them that `store` names; closed by the caller. */
export async function openSource(
  machine: Machine,
  options: SourceOptions,
  store?: string,
): Promise<Sessions> {
  const { token, url } = options
  if (url === undefined) return machine.openDirectory(overridesOf(options), store)
  const onNote = (sentence: string) => machine.err(`${sentence}\n`)
  const manager = remoteManager({ url, token: token ?? machine.environmentToken(), onNote })
  return {
    manager,
    where: url,
    exposures: [],
    stores: async () => [],
    close: () => manager.close(),
  }
}

/** These options as settings. */
export function overridesOf(options: SourceOptions): Overrides {
  const settings: [string, string | undefined][] = [
    ['OPENCLAW_STATE_DIR', options.stateDir],
    ['SESSIONS_API_DATA_DIR', options.dataDir],
    ['SESSIONS_API_GATEWAY_URL', options.gatewayUrl],
    ['SESSIONS_API_GATEWAY_TOKEN', options.gatewayToken],
    ['SESSIONS_API_GATEWAY_PASSWORD', options.gatewayPassword],
    // A directory that is named is meant, whatever the environment says of a demo.
    ['SESSIONS_API_DEMO', options.demo ? '1' : options.stateDir === undefined ? undefined : '0'],
  ]
  return Object.fromEntries(settings.filter((one): one is [string, string] => one[1] !== undefined))
}
