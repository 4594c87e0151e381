import { hostname } from 'node:os'
import type { LockEvidence } from '../../../contract/store.js'
import { parseJson } from '../../../system/well-formed.js'
import type { Sql } from '../../sqlite/connection.js'
import type { DatabaseFile } from '../../sqlite/database-file.js'
import { isFields, numberOf } from '../format/fields.js'
import { judgeLock } from '../sessions-json/held-locks.js'
import { isPid } from '../writing/process-state.js'

/** The gateway that has a state directory, as its own database says. Source: formats openclaw-sqlite §2.6. */
export interface GatewayLease {
  readonly pid: number
  readonly sinceMs: number | null
  /** Clock ticks since boot at which the process began; `null` where that was not written down. */
  readonly startTicks: number | null
  /** The machine it is on; `null` where that was not written down. */
  readonly host: string | null
}

/** The lease of the gateway; `null` after a clean stop. Throws `source_unreadable`. */
export async function readLease(database: DatabaseFile): Promise<GatewayLease | null> {
  return database.read((sql) => leaseIn(sql))
}

/** Whether the gateway of a lease lives. One of another machine cannot be asked. */
export async function judgeLease(lease: GatewayLease | null): Promise<LockEvidence | null> {
  if (lease === null) return null
  const { host, pid, sinceMs, startTicks } = lease
  if (host !== null && host !== hostname()) return { pid, sinceMs, owner: 'unknown' }
  return judgeLock({ pid, sinceMs, startTicks })
}

function leaseIn(sql: Sql): GatewayLease | null {
  const row = sql.columns('state_leases').has('payload_json')
    ? sql.first(
        "SELECT payload_json FROM state_leases WHERE scope = 'gateway-owner' AND lease_key = 'global'",
      )
    : null
  const owner = ownerOf(row?.payload_json)
  if (owner === null) return null
  const ticks = sql.columns('agent_database_leases').has('owner_start_time')
    ? sql.first(
        'SELECT owner_start_time AS ticks FROM agent_database_leases WHERE owner_pid = ? ORDER BY opened_at DESC LIMIT 1',
        owner.pid,
      )
    : null
  return { ...owner, startTicks: numberOf(ticks?.ticks) }
}

function ownerOf(payload: unknown): Omit<GatewayLease, 'startTicks'> | null {
  try {
    const value: unknown = typeof payload === 'string' ? parseJson(payload) : null
    const owner = isFields(value) && isFields(value.owner) ? value.owner : {}
    if (!isPid(owner.pid)) return null
    return {
      pid: owner.pid,
      sinceMs: numberOf(owner.startedAt),
      host: typeof owner.host === 'string' ? owner.host : null,
    }
  } catch {
    // Half of a record proves of no process that it lives.
    return null
  }
}
