import { pathSegment, quoted } from './shell.js'

export interface CommandsToTryOptions {
  readonly url: string
  /** `null`: nobody knows a token in clear any more, so the first command makes one. */
  readonly token: string | null
  /** How this program was started, and the tokens file of the service. */
  readonly program: readonly string[]
  readonly tokensPath: string
  /** A session to look at, live if there is one; `null` while there is none. */
  readonly sessionKey: string | null
  /** True where somebody is there to act on runs. */
  readonly canKill: boolean
}

export interface CommandToTry {
  readonly does: string
  readonly command: string
}

/** Commands for `sh` that work as they stand: token included, keys encoded. */
export function commandsToTry(options: CommandsToTryOptions): CommandToTry[] {
  const { url, token, sessionKey, canKill } = options
  const header =
    token === null ? '"Authorization: Bearer $TOKEN"' : quoted(`Authorization: Bearer ${token}`)
  const curl = (does: string, path: string, flags = '-sS') => ({
    does,
    command: `curl ${flags} -H ${header} ${quoted(url + path)}`,
  })
  const list = curl('List the newest sessions', '/api/sessions?limit=5')
  const first = token === null ? [makeToken(options)] : []
  if (sessionKey === null) return [...first, list]
  const session = `/sessions/${pathSegment(sessionKey)}`
  return [
    ...first,
    list,
    curl('Read the end of a history', `${session}/history?limit=3`),
    curl('Follow it live', `${session}/history?follow=1&limit=1`, '-sSN'),
    ...(canKill
      ? [curl('Kill its run and watch the follower', `${session}/kill`, '-sS -X POST')]
      : []),
  ]
}

/** The file holds hashes only, so a token to try with has to be a new one; it ends by itself. */
function makeToken({ program, tokensPath, canKill }: CommandsToTryOptions): CommandToTry {
  const scope = canKill ? 'admin' : 'read'
  const create = [...program, 'tokens', 'create', '--tokens-file', tokensPath].map(quoted).join(' ')
  return {
    does: 'Make a token for an hour',
    command: `TOKEN=$(${create} --name "try-$(date +%s)" --scope ${scope} --expires 1h --quiet)`,
  }
}
