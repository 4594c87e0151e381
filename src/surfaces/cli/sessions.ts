import type * as z from 'zod'
import { FULL_GRANT } from '../../contract/grant.js'
import type { SessionManager } from '../../contract/manager.js'
import { ListQuery, type SessionList } from '../../contract/session.js'
import type { Exposure } from '../../contract/state.js'
import { SessionsError } from '../../errors.js'

/** Where a store of sessions is, in OpenClaw's words. */
export interface StorePlace {
  readonly agentId: string
  readonly path: string
}

/** The sessions that a command is about: those of a state directory, opened in this process, or those of a running service. */
export interface Sessions {
  /** Everything may be done by a caller who can read the files; of a service, its token decides. */
  readonly manager: SessionManager
  /** In words: a path, or a URL. */
  readonly where: string
  /** Files of our own that others on this machine can get at; of a service none are known. */
  readonly exposures: readonly Exposure[]
  /** Store files; none are known of a service, which shows no paths. */
  stores(): Promise<readonly StorePlace[]>
  /** May be called twice. */
  close(): Promise<void>
}

/** What a schema makes of a value. Throws `invalid_parameter` naming the first field that is wrong. */
export function checked<T extends z.ZodType>(schema: T, value: z.input<T>): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  const about = field === '' ? 'What was asked for' : `"${field}"`
  throw new SessionsError('invalid_parameter', `${about}: ${issue?.message}.`, {
    details: { field },
  })
}

/** A page of the list. */
export async function listPage(
  { manager }: Sessions,
  query: z.input<typeof ListQuery>,
): Promise<SessionList> {
  return (await manager.list(checked(ListQuery, query), FULL_GRANT)).page()
}
