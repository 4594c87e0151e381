import type { KeptRow } from './kept-row.js'

/** What one change does to rows, gathered before any of them is composed again. */
export class RowBatch {
  /** Keys whose rows have to be composed. */
  readonly touched = new Set<string>()
  /** Keys whose rows differ from before. */
  readonly changed = new Set<string>()
  /** Keys of sessions with other spawners than before. */
  readonly relinked = new Set<string>()
  /** Rows whose stored facts are new. */
  readonly stored: KeptRow[] = []
  readonly removed: KeptRow[] = []
  /** Keys of rows whose transcripts have another end than before. */
  readonly grown = new Set<string>()

  get lineageMoved(): boolean {
    return this.relinked.size > 0
  }

  /** True when somebody has to be told. */
  get hasNews(): boolean {
    return (
      this.changed.size > 0 || this.grown.size > 0 || this.stored.length > 0 || this.lineageMoved
    )
  }
}
