import * as z from 'zod'

const maybe = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)

/** What this runtime reads off a gateway's row of a session; releases differ, so everything but the key may be missing. */
export const GatewayRow = z.object({
  key: z.string().trim().min(1),
  status: maybe(z.string()),
  /** From 2026.5 on. */
  hasActiveRun: maybe(z.boolean()),
  /** Of a sub-agent's own row. */
  hasActiveSubagentRun: maybe(z.boolean()),
  activeRunIds: maybe(z.array(z.string())),
  startedAt: maybe(z.number()),
  spawnedBy: maybe(z.string().trim()),
  sendPolicy: maybe(z.enum(['allow', 'deny'])),
})
export type GatewayRow = z.infer<typeof GatewayRow>

/** The row in an event: in `session`, or flat. `null`: there is none. */
export function rowOfEvent(payload: unknown): GatewayRow | null {
  if (!isObject(payload)) return null
  const { session, sessionKey } = payload
  const row = isObject(session) ? session : payload
  return rowOf({ ...row, key: row.key ?? sessionKey })
}

const Reason = z.object({ reason: z.string() })

/** Why an event was sent, such as `patch` or `delete`; `null`: it does not say. */
export function reasonOfEvent(payload: unknown): string | null {
  return Reason.safeParse(payload).data?.reason ?? null
}

export function rowOf(value: unknown): GatewayRow | null {
  const parsed = GatewayRow.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** True when the gateway says that a run is live; a stored `running` does not count (formats 2026.4 §0.13). */
export function claimsRun({ activeRunIds, hasActiveRun, hasActiveSubagentRun }: GatewayRow) {
  return hasActiveRun === true || hasActiveSubagentRun === true || (activeRunIds?.length ?? 0) > 0
}

/**
 * True when the gateway says that no run is live. Runs that it does not track for abortion (cron jobs of 2026.5) are
 * `hasActiveRun: false` too, but their row is `running`.
 */
export function deniesRun(row: GatewayRow): boolean {
  return row.hasActiveRun === false && row.status !== 'running' && !claimsRun(row)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
