import type Database from 'libsql'

/** A value as SQLite gives it: numbers are doubles, blobs are Buffers. */
export type SqlValue = string | number | Buffer | null
/** What a question is asked with: the driver ends the process over a Buffer that is a part of another one. */
export type SqlParameter = string | number | null
export type SqlRow = Readonly<Record<string, SqlValue>>

/** Asks one database, in one snapshot. Throws what the driver throws. */
export interface Sql {
  all(text: string, ...values: readonly SqlParameter[]): readonly SqlRow[]
  first(text: string, ...values: readonly SqlParameter[]): SqlRow | null
  /** Columns that a table has; none where there is no such table. */
  columns(table: string): ReadonlySet<string>
}

/** Milliseconds that a read waits for a lock. Waiting holds the event loop: a writer's commit takes one. */
const BUSY_MS = 50

/**
 * One connection that cannot write. libsql 0.5 ignores its own `readonly` option, so the URI says it and `query_only`
 * says it again. Nothing is loaded before the first database is found: the driver is a native module of 10 MB.
 */
export class Connection implements Sql {
  readonly #database: Database.Database
  readonly #statements = new Map<string, Database.Statement>()
  readonly #columns = new Map<string, ReadonlySet<string>>()

  private constructor(database: Database.Database) {
    this.#database = database
  }

  static async open(uri: string): Promise<Connection> {
    const { default: Driver } = await import('libsql')
    const database = new Driver(uri, { timeout: BUSY_MS })
    try {
      database.pragma('query_only = 1')
      return new Connection(database)
    } catch (error) {
      database.close()
      throw error
    }
  }

  all(text: string, ...values: readonly SqlParameter[]): readonly SqlRow[] {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.#database.prepare(text)
      this.#statements.set(text, statement)
    }
    // Not `get`, whose rows carry a field of the driver's own.
    const rows = statement.all(...values) as Record<string, SqlValue | ArrayBuffer>[]
    for (const row of rows) withBuffers(row)
    return rows as SqlRow[]
  }

  first(text: string, ...values: readonly SqlParameter[]): SqlRow | null {
    return this.all(text, ...values)[0] ?? null
  }

  columns(table: string): ReadonlySet<string> {
    let columns = this.#columns.get(table)
    if (columns === undefined) {
      const rows = this.all('SELECT name FROM pragma_table_info(?)', table)
      columns = new Set(rows.map(({ name }) => String(name)))
      this.#columns.set(table, columns)
    }
    return columns
  }

  /** Grows with every commit of another connection. */
  dataVersion(): number {
    return Number(this.first('PRAGMA data_version')?.data_version)
  }

  /** Runs reads that all see the same moment. */
  snapshot<T>(work: (sql: Sql) => T): T {
    this.#database.exec('BEGIN')
    try {
      return work(this)
    } finally {
      this.#database.exec('COMMIT')
    }
  }

  /** May be called twice. */
  close(): void {
    this.#statements.clear()
    if (this.#database.open) this.#database.close()
  }
}

/** The driver gives blobs as bare memory. */
function withBuffers(row: Record<string, SqlValue | ArrayBuffer>): void {
  for (const name in row) {
    const value = row[name]
    if (value instanceof ArrayBuffer) row[name] = Buffer.from(value)
  }
}
