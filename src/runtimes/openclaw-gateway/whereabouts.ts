import { SessionsError } from '../../errors.js'
import type { Hello } from './frame.js'
import { gatewayReason } from './refusal.js'

/** Whether a gateway serves the directory that this service reads; `unknown` where that cannot be seen from here. */
export type Whereabouts = 'here' | 'elsewhere' | 'unknown'

/** Compares the state directory that a gateway at `url` says it has with ours. */
export type Locate = (stateDir: string, url: string) => Promise<Whereabouts>

/**
 * Where the gateway's sessions are. Throws `no_runtime` for a gateway of other sessions: keys are the same everywhere
 * (`agent:main:main`), so its runs would be shown, and killed, as ours.
 */
export async function locateGateway(
  { snapshot }: Hello,
  url: string,
  locate: Locate | undefined,
): Promise<Whereabouts | null> {
  if (locate === undefined) return null
  const stateDir = snapshot?.stateDir
  const whereabouts = stateDir === undefined ? 'unknown' : await locate(stateDir, url)
  if (whereabouts !== 'elsewhere') return whereabouts
  throw new SessionsError(
    'no_runtime',
    `The gateway at ${url} serves another state directory than this service: set OPENCLAW_STATE_DIR to its own, or SESSIONS_API_GATEWAY_URL to the gateway of this one.`,
    { details: { gatewayReason: ELSEWHERE }, retryAfterSeconds: 5 },
  )
}

const ELSEWHERE = 'OTHER_STATE_DIRECTORY'

/** True for the refusal of a gateway that has nothing to do with the sessions that are read here. */
export function isElsewhere(problem: SessionsError): boolean {
  return gatewayReason(problem) === ELSEWHERE
}
