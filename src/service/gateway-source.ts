import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import JSON5 from 'json5'
import * as z from 'zod'
import type { Config } from '../config/config.js'
import { SessionsError } from '../errors.js'

/** Where the live gateway of a state directory is. The shape that `openclawGateway` asks for. */
export interface GatewayAddress {
  readonly url: string
  readonly token?: string | undefined
  readonly password?: string | undefined
}

/** Of a gateway whose configuration names none. */
const DEFAULT_PORT = 18_789

/** A secret can be written as a reference to elsewhere, which only the gateway itself can look up. */
const secret = z
  .string()
  .min(1)
  .refine((value) => !value.includes('${'))
  .optional()
  .catch(undefined)

const GatewayConfig = z.object({
  gateway: z
    .object({
      port: z.number().int().min(1).max(65_535).default(DEFAULT_PORT).catch(DEFAULT_PORT),
      tls: z.object({ enabled: z.boolean() }).optional().catch(undefined),
      auth: z.object({ token: secret, password: secret }).optional().catch(undefined),
    })
    .default({ port: DEFAULT_PORT })
    .catch({ port: DEFAULT_PORT }),
})

type GatewaySettings = Pick<Config, 'gatewayUrl' | 'gatewayToken' | 'gatewayPassword'>

/**
 * How to find the gateway of a state directory, looked up anew at each call, because its port and token may change. What
 * is set wins over `openclaw.json`. `null`: switched off, or neither set nor configured, so that there is none to ask.
 */
export async function gatewaySource(
  settings: GatewaySettings,
  stateDir: string,
): Promise<(() => Promise<GatewayAddress>) | null> {
  const { gatewayUrl } = settings
  if (gatewayUrl === 'off') return null
  // One that cannot be read now is told with every attempt, and may be repaired.
  const config = await readConfig(stateDir).catch(() => '')
  if (gatewayUrl === undefined && config === null) return null
  return () => findGateway(settings, stateDir)
}

async function findGateway(
  { gatewayPassword, gatewayToken, gatewayUrl }: GatewaySettings,
  stateDir: string,
): Promise<GatewayAddress> {
  const configured = parseConfig(await readConfig(stateDir))
  const { auth, port, tls } = configured
  const scheme = tls?.enabled === true ? 'wss' : 'ws'
  // A configured secret is for the configured gateway: it must not be sent to another one that was set by hand.
  const own = gatewayUrl === undefined ? auth : undefined
  return {
    url: gatewayUrl ?? `${scheme}://127.0.0.1:${port}`,
    token: gatewayToken ?? own?.token,
    password: gatewayPassword ?? own?.password,
  }
}

async function readConfig(stateDir: string): Promise<string | null> {
  try {
    return await readFile(join(stateDir, 'openclaw.json'), 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new SessionsError(
      'no_runtime',
      "The gateway's openclaw.json cannot be read: give this user read access, or set SESSIONS_API_GATEWAY_URL.",
      { cause },
    )
  }
}

function parseConfig(text: string | null): z.infer<typeof GatewayConfig>['gateway'] {
  try {
    return GatewayConfig.parse(text === null ? {} : JSON5.parse(text)).gateway
  } catch (cause) {
    throw new SessionsError(
      'no_runtime',
      "The gateway's openclaw.json is not JSON5: repair it, or set SESSIONS_API_GATEWAY_URL and SESSIONS_API_GATEWAY_TOKEN.",
      { cause },
    )
  }
}
