import { canonicalAgent } from '../../contract/key.js'
import { type ListQuery, Source } from '../../contract/session.js'
import type { Population } from '../visibility/population.js'

/** What a query asks of rows, said in one way only: equal filters are equal values. */
export interface FilterTerms
  extends Pick<
    ListQuery,
    | 'active'
    | 'activeMinutes'
    | 'label'
    | 'minCost'
    | 'minTokens'
    | 'minTotalTokens'
    | 'configuredAgentsOnly'
  > {
  /** Canonical. */
  readonly agents: readonly string[] | undefined
  /** Lower case. */
  readonly channels: readonly string[] | undefined
  readonly search: string | undefined
  readonly kinds: ListQuery['kinds']
  readonly status: ListQuery['status']
  readonly source: Source | undefined
  /** Canonical key that `spawnedBy` means; `null` when the caller sees no such session. */
  readonly spawner: string | null | undefined
  /** Label, displayName and subject are hidden from the caller: no filter may betray them. */
  readonly namesHidden: boolean
}

/** `spawner` is what the query's `spawnedBy` means to the caller, or `null` for nothing. */
export function termsOf(
  query: ListQuery,
  population: Population,
  spawner: string | null,
  namesHidden: boolean,
): FilterTerms {
  const { active, activeMinutes, configuredAgentsOnly, label } = query
  const { minCost, minTokens, minTotalTokens } = query
  const search = query.search?.trim().toLowerCase()
  return {
    active,
    activeMinutes,
    agents: ordered(query.agent?.map(canonicalAgent)),
    channels: ordered(query.channel?.map((channel) => channel.toLowerCase())),
    configuredAgentsOnly,
    kinds: ordered(query.kinds),
    label,
    minCost,
    minTokens,
    minTotalTokens,
    namesHidden: namesHidden && (label !== undefined || search !== undefined),
    search,
    source: sourceOf(query.source, population),
    spawner: query.spawnedBy === undefined ? undefined : spawner,
    status: ordered(query.status),
  }
}

/** `auto` is the first source that has any session for this grant. */
function sourceOf(source: ListQuery['source'], { census }: Population): Source | undefined {
  if (source === 'all') return undefined
  if (source !== 'auto') return source
  return Source.options.find((one) => census.has(one)) ?? 'gateway'
}

function ordered<T extends string>(words: readonly T[] | undefined): T[] | undefined {
  return words === undefined ? undefined : [...new Set(words)].sort()
}
