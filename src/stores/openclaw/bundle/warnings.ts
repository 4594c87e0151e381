/** Rows that are named in one warning. */
const MAX_ROWS = 20

const MESSAGES = {
  'invalid-session-row': 'Skipped a session JSONL row that is not a session entry object.',
  'invalid-session-json': 'Skipped a session JSONL row that is not valid JSON.',
  'cyclic-session-branch': 'Stopped trajectory session branch export at a cyclic parent link.',
  'incomplete-session-branch':
    'Exported the reachable session branch suffix after a missing parent link.',
  'invalid-runtime-event':
    'Skipped a runtime trajectory JSONL row that does not match the session schema.',
  'invalid-runtime-json': 'Skipped a runtime trajectory JSONL row that is not valid JSON.',
} as const

type WarningCode = keyof typeof MESSAGES

interface Warning {
  readonly source: 'session' | 'runtime'
  readonly code: WarningCode
  count: number
  readonly rows: number[]
  readonly message: string
}

/** What of the files a bundle leaves out, each reason once. The words are OpenClaw's. */
export class Warnings {
  readonly #byCode = new Map<WarningCode, Warning>()

  add(code: WarningCode, row: number): void {
    const known = this.#byCode.get(code)
    if (known === undefined) {
      const source = code.includes('runtime') ? 'runtime' : 'session'
      this.#byCode.set(code, { source, code, count: 1, rows: [row], message: MESSAGES[code] })
      return
    }
    known.count += 1
    if (known.rows.length < MAX_ROWS) known.rows.push(row)
  }

  /** In the order that their reasons came up; `undefined` when there are none. */
  get all(): readonly Warning[] | undefined {
    return this.#byCode.size === 0 ? undefined : [...this.#byCode.values()]
  }
}
