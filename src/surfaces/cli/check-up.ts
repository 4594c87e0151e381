import { type CleanupAnswer, CleanupRequest } from '../../contract/cleanup.js'
import { FULL_GRANT } from '../../contract/grant.js'
import type { Capabilities } from '../../contract/manager.js'
import type { Session } from '../../contract/session.js'
import type { Exposure } from '../../contract/state.js'
import { SessionsError } from '../../errors.js'
import type { Sessions } from './sessions.js'
import { listPage } from './sessions.js'

/** Something that was looked at, with what to do about it where it is not well. */
export interface CheckUp {
  readonly about: 'sources' | 'gateway' | 'sessions' | 'stores' | 'secrets'
  readonly level: 'ok' | 'notice' | 'problem'
  readonly text: string
  readonly remedy: string | null
}

const ok = (about: CheckUp['about'], text: string): CheckUp => ({
  about,
  level: 'ok',
  text,
  remedy: null,
})

/** Sessions that are named one by one; of more there is a list. */
const MAX_NAMED = 10

/** Looks at everything that can be wrong with sessions and their stores, and changes nothing. */
export async function checkUp(source: Sessions): Promise<CheckUp[]> {
  const capabilities = await source.manager.capabilities(FULL_GRANT)
  return [
    ...sourcesOf(capabilities),
    gatewayOf(capabilities),
    ...(await sessionsOf(source)),
    ...(await storesOf(source)),
    ...source.exposures.map(exposed),
  ]
}

function exposed({ command, text }: Exposure): CheckUp {
  return { about: 'secrets', level: 'notice', text, remedy: command }
}

function sourcesOf({ stores }: Capabilities): CheckUp[] {
  if (stores.length === 0) {
    const remedy = 'Start OpenClaw once, or name another state directory.'
    return [{ about: 'sources', level: 'notice', text: 'There are no session stores.', remedy }]
  }
  return stores.map(({ id, message, status }) => {
    const text = `${id}: ${message}`
    if (status === 'ok') return ok('sources', text)
    // The sentence of a store names its own remedy.
    const remedy = null
    return { about: 'sources', level: status === 'down' ? 'problem' : 'notice', text, remedy }
  })
}

function gatewayOf({ runtime: { message, status } }: Capabilities): CheckUp {
  if (status === 'ok') return ok('gateway', message)
  const remedy =
    status === 'none'
      ? 'To control runs, name the live gateway with --gateway-url.'
      : 'Start the gateway, or name it with --gateway-url and --gateway-token.'
  return { about: 'gateway', level: 'notice', text: message, remedy }
}

async function sessionsOf(source: Sessions): Promise<CheckUp[]> {
  const { totalCount } = await listPage(source, { limit: 1 })
  const stuck = await listPage(source, { status: ['stuck'], limit: MAX_NAMED })
  const named = stuck.sessions.map((session) => problemOf(session))
  const others = stuck.totalCount - named.length
  if (others > 0)
    named.push({
      about: 'sessions',
      level: 'problem',
      text: `Others that are stuck: ${others}.`,
      remedy: 'openclaw-sessions list --all-agents --verbose shows them.',
    })
  return named.length > 0 ? named : [ok('sessions', `None of ${totalCount} sessions is stuck.`)]
}

function problemOf({ key, status, statusReason }: Session): CheckUp {
  return {
    about: 'sessions',
    level: 'problem',
    text: `${key} is ${status}: ${statusReason}`,
    remedy: `openclaw-sessions diagnose ${key}`,
  }
}

async function storesOf(source: Sessions): Promise<CheckUp[]> {
  try {
    const { stores } = await source.manager.cleanup(
      CleanupRequest.parse({ dryRun: true, fixMissing: true }),
      FULL_GRANT,
    )
    return stores.flatMap(storeFindings)
  } catch (error) {
    if (!(error instanceof SessionsError)) throw error
    if (error.code === 'invalid_request') return []
    const isScope = error.code === 'insufficient_scope'
    const remedy = isScope ? 'Ask again with an admin token.' : null
    return [{ about: 'stores', level: isScope ? 'notice' : 'problem', text: error.message, remedy }]
  }
}

function storeFindings(store: CleanupAnswer['stores'][number]): CheckUp[] {
  const { afterCount, agentId, beforeCount, capped, diskBudget, missing, pruned } = store
  const findings: CheckUp[] = []
  const notice = (text: string, command: string) =>
    findings.push({
      about: 'stores',
      level: 'notice',
      text: `${agentId}: ${text}`,
      remedy: command,
    })
  const cleanup = `openclaw-sessions cleanup --agent ${agentId}`
  if (missing > 0)
    notice(`Sessions without a transcript: ${missing}.`, `${cleanup} --fix-missing --dry-run`)
  if (pruned + capped > 0)
    notice(`Sessions that are stale or too many: ${pruned + capped}.`, `${cleanup} --dry-run`)
  if (diskBudget?.overBudget)
    notice(`${diskBudget.totalBytesBefore} bytes are over the disk budget.`, `${cleanup} --dry-run`)
  if (findings.length > 0) return findings
  return [ok('stores', `${agentId}: ${beforeCount} entries; ${afterCount} after a cleanup.`)]
}
