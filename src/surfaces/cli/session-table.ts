import type { Session, SessionStatus } from '../../contract/session.js'
import { printable } from '../../system/printable.js'
import type { Paint, Style } from './style.js'
import { type TableCell, type TableColumn, table } from './table.js'

export interface SessionTableOptions {
  readonly width: number | null
  readonly style: Style
  /** Sessions of several agents. */
  readonly withAgents: boolean
  /** Also ids, and why a session has its status. */
  readonly verbose: boolean
}

/** Sessions, one a line. */
export function sessionTable(
  sessions: readonly Session[],
  { style, verbose, width, withAgents }: SessionTableOptions,
): string {
  const columns: TableColumn[] = [
    ...(withAgents ? [{ head: 'AGENT' }] : []),
    { head: 'KIND' },
    { head: 'KEY', whole: true },
    { head: 'STATUS' },
    { head: 'AGE', align: 'right' },
    { head: 'MODEL' },
    { head: 'TOKENS', align: 'right' },
    { head: 'COST', align: 'right' },
    { head: 'FLAGS' },
    ...(verbose ? [{ head: 'SESSION ID', whole: true as const }, { head: 'WHY' }] : []),
  ]
  const rows = sessions.map((session): TableCell[] => [
    ...(withAgents ? [printable(session.agent)] : []),
    session.kind,
    printable(session.key),
    { text: session.status, paint: statusPaint(session.status, style) },
    session.age ?? '-',
    printable(session.model ?? '-'),
    session.tokens ?? '-',
    costWords(session.totalCost),
    session.flags.join(','),
    ...(verbose ? [session.sessionId ?? '-', printable(session.statusReason)] : []),
  ])
  return table(columns, rows, { width, headPaint: style.quiet })
}

/** `$0.0047`, or `-` where nobody knows. */
export function costWords(usd: number | null): string {
  if (usd === null) return '-'
  return `$${usd.toFixed(usd > 0 && usd < 1 ? 4 : 2)}`
}

/** The colour of a state: at work, held, or in need of somebody. */
export function statusPaint(status: SessionStatus, style: Style): Paint {
  if (status === 'running') return style.success
  if (status === 'pausing' || status === 'paused' || status === 'stopping') return style.warning
  const isBad = status === 'stuck' || status === 'failed' || status === 'timeout'
  return isBad ? style.failure : (text) => text
}
