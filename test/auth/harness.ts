import { createTokenService, issueToken, type NewToken } from '../../src/auth/index.js'
import type { TokenServiceOptions } from '../../src/auth/token-service.js'
import { openDataDirectory } from '../../src/state/index.js'
import { until } from '../until.js'

export const KEY = 'agent:main:main'
export const HISTORY = { operation: 'history', sessionKey: KEY } as const

/** A clock that stands still until it is moved. */
export function stoppedClock(startMs = Date.parse('2030-01-01T00:00:00Z')) {
  let nowMs = startMs
  return {
    now: () => nowMs,
    move: (byMs: number) => {
      nowMs += byMs
    },
  }
}

/** A token service over real files in `dir`, and a way to change its tokens as the command line does. */
export async function openService(dir: string, options: Partial<TokenServiceOptions> = {}) {
  const problems: unknown[] = []
  const onProblem = (error: unknown) => problems.push(error)
  const data = await openDataDirectory(dir, { onProblem })
  const service = await createTokenService({ ...data, onProblem, ...options })
  return {
    data,
    problems,
    service,
    async addToken(token: Partial<NewToken> & { name: string }): Promise<string> {
      const issued = issueToken({ scopes: ['operator.read'], ...token })
      await data.records.add(issued.record)
      await until(() => accepted(service, issued.token))
      return issued.token
    },
  }
}

type Service = Awaited<ReturnType<typeof createTokenService>>

/** What the service says of a token now: its grant, or the code of the refusal. */
export async function accepted(service: Service, token: string): Promise<boolean> {
  return service.authenticate(bearer(token), '127.0.0.1').then(
    () => true,
    () => false,
  )
}

export function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}

export function cookie(value: string) {
  return { cookie: `other=1; mc-session=${value}` }
}

/** Resolves when the signal has aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return until(() => signal.aborted)
}
