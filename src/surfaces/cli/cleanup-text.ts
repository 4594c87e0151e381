import type { CleanupRow, CleanupSummary } from '../../contract/cleanup.js'
import { printable } from '../../system/printable.js'
import type { Style } from './style.js'
import { type TableCell, table } from './table.js'

/** What a dry run says of each session, as `openclaw sessions cleanup --dry-run` does. */
export function actionTable(
  rows: readonly CleanupRow[],
  width: number | null,
  style: Style,
): string {
  const cells = rows.map(({ action, ageMs, flags, key, model }): TableCell[] => [
    { text: action, paint: action === 'keep' ? style.quiet : style.warning },
    printable(key),
    ageMs === null ? '-' : ageWords(ageMs),
    printable(model ?? '-'),
    flags.map(printable).join(' '),
  ])
  const columns = ['ACTION', { head: 'KEY', whole: true as const }, 'AGE', 'MODEL', 'FLAGS']
  return table(columns, cells, { width, headPaint: style.quiet })
}

/** How many of each label go, and how many stay. */
export function labelSummary(rows: readonly CleanupRow[], style: Style): string {
  const labels = new Map<string, { kept: number; removed: number }>()
  for (const { action, label } of rows) {
    const name = label ?? '(none)'
    const counts = labels.get(name) ?? { kept: 0, removed: 0 }
    counts[action === 'keep' ? 'kept' : 'removed']++
    labels.set(name, counts)
  }
  const cells = [...labels]
    .sort(([, a], [, b]) => b.removed - a.removed)
    .map(([label, { kept, removed }]) => [printable(label), String(removed), String(kept)])
  const columns = [
    'LABEL',
    { head: 'REMOVED', align: 'right' },
    { head: 'KEPT', align: 'right' },
  ] as const
  return table([...columns], cells, { headPaint: style.quiet })
}

/** What a store was before and is after, in a few lines; nothing is said of what did not happen. */
export function summaryLines(summary: CleanupSummary): string[] {
  const { afterCount, appliedCount, beforeCount, diskBudget, dryRun, expiredArchives } = summary
  const { mode, unreferencedArtifacts: artifacts, wouldMutate } = summary
  if (summary.skipped !== undefined) return [`Skipped: ${printable(summary.skipped)}`]
  const left = appliedCount ?? afterCount
  const would = dryRun ? 'would be ' : ''
  const counts: [number, string][] = [
    [summary.pruned, 'stale'],
    [summary.missing, 'without a transcript'],
    [summary.modelRunPruned, 'probes of the gateway'],
    [summary.dmScopeRetired, 'direct messages of another scope'],
    [summary.capped, 'beyond the limit'],
    [diskBudget?.removedEntries ?? 0, 'for the disk budget'],
  ]
  const files =
    artifacts.removedFiles + expiredArchives.removedFiles + (diskBudget?.removedFiles ?? 0)
  const bytes = artifacts.freedBytes + expiredArchives.freedBytes + (diskBudget?.freedBytes ?? 0)
  return [
    `${beforeCount} sessions, ${left} ${dryRun ? 'would be ' : ''}left (mode ${mode})`,
    ...counts
      .filter(([count]) => count > 0)
      .map(([count, why]) => `${count} ${would}removed: ${why}`),
    ...(files === 0 ? [] : [`${files} files ${would}removed, ${bytes} bytes`]),
    ...(wouldMutate || !dryRun ? [] : ['Nothing is to be done.']),
    ...(mode === 'warn' && !dryRun
      ? ['Nothing is removed in mode warn: say --enforce to act.']
      : []),
  ]
}

const MINUTE_MS = 60_000

function ageWords(ageMs: number): string {
  const minutes = Math.floor(ageMs / MINUTE_MS)
  const hours = Math.floor(minutes / 60)
  if (hours >= 24) return `${Math.floor(hours / 24)}d`
  return hours > 0 ? `${hours}h` : `${minutes}m`
}
