import { roundedUsd } from '../contract/money.js'
import type { Compaction, SessionDetail } from '../contract/session.js'
import type { KeptRow } from './rows/kept-row.js'
import type { Rows } from './rows/rows.js'
import type { Totals } from './rows/totals.js'
import { previousOf } from './visibility/previous.js'
import { isSeen, showRow, type View } from './visibility/view.js'

/** One session with its children, its compactions and the state of its transcript. */
export async function readDetail(
  kept: KeptRow,
  rows: Rows,
  totals: Totals,
  view: () => View,
): Promise<SessionDetail> {
  const { store, stored } = kept
  const [mark, previousTranscripts] = await Promise.all([
    store.transcript(stored).mark('active'),
    previousOf(kept),
    totals.refresh(kept),
    totals.ready(childrenOf(kept, rows, view())),
  ])
  const shown = view()
  return {
    session: showRow(kept.row, shown),
    children: childrenOf(kept, rows, shown).map(({ row }) => showRow(row, shown)),
    inheritedCost: roundedUsd(kept.totals?.inheritedCost ?? null),
    compactions: mergeCompactions(kept.totals?.compactions ?? [], kept.stored.compactions),
    transcript: {
      bytes: mark.bytes,
      messages: mark.seq,
      position: stored.transcriptId === null ? null : mark.position,
      brokenLines: mark.brokenLines,
    },
    previousTranscripts,
  }
}

/** Newest first. */
function childrenOf({ row }: KeptRow, rows: Rows, { sight }: View): KeptRow[] {
  return row.session.childSessions
    .flatMap((key) => rows.find(key).find((child) => isSeen(child, sight)) ?? [])
    .sort((a, b) => (b.row.activityMs ?? 0) - (a.row.activityMs ?? 0))
}

/** The transcript knows every compaction, the store its effect: both tell of the same one by id, or by the size before. */
export function mergeCompactions(
  lines: readonly Compaction[],
  checkpoints: readonly Compaction[],
): Compaction[] {
  const left = [...checkpoints]
  const merged = lines.map((line) => {
    const at = left.findIndex((point) => isSame(line, point))
    const [point] = at === -1 ? [] : left.splice(at, 1)
    return point === undefined
      ? line
      : { ...line, tokensAfter: line.tokensAfter ?? point.tokensAfter }
  })
  return [...merged, ...left].sort((a, b) => (a.at ?? '').localeCompare(b.at ?? ''))
}

function isSame(line: Compaction, point: Compaction): boolean {
  if (line.id !== null && line.id === point.id) return true
  return line.tokensBefore !== null && line.tokensBefore === point.tokensBefore
}
