import { SessionsError } from '../../../errors.js'
import type { Fields } from '../format/fields.js'
import type { EntryPlace } from './branch-scan.js'
import { entryEvents } from './entry-events.js'
import type { InvokedSkills } from './invoked-skills.js'
import type { LocalPaths } from './local-paths.js'
import type { EventPlace } from './recording-scan.js'
import type { BundleOwner, BundleSources } from './sources.js'

/** Events of both sources together: their places are sorted in memory. As many as OpenClaw exports. */
const MAX_EVENTS = 250_000

/** An event that was recorded, or one of a transcript entry's. */
interface Item {
  readonly ts: string
  readonly rank: 0 | 1
  readonly order: number
  readonly at: EventPlace | { readonly entry: EntryPlace; readonly index: number }
}

/** Every event of a bundle in its order, as lines of JSON; calls of tools are told to `skills` on the way. */
export async function* eventLines(
  sources: BundleSources,
  owner: BundleOwner,
  paths: LocalPaths,
  skills: InvokedSkills,
): AsyncGenerator<string> {
  let seq = 0
  for (const item of sorted(sources)) {
    seq += 1
    const event = await eventOf(item, sources, owner)
    if (event.type === 'tool.call' && item.rank === 1) skills.note(event.data as Fields)
    yield `${JSON.stringify(hidden({ ...event, seq }, paths))}\n`
  }
  // A file of no lines is one empty line in OpenClaw's bundles.
  if (seq === 0) yield '\n'
}

/** How many events the transcript's branch becomes. */
export function transcriptEventCount({ transcript }: BundleSources): number {
  return transcript.branch.reduce((sum, { events }) => sum + events, 0)
}

/** By time; at the same time what was recorded comes first, and each source keeps its order. */
function sorted(sources: BundleSources): Item[] {
  const { recording, transcript } = sources
  assertRoom(recording.events.length + transcriptEventCount(sources))
  const recorded = recording.events.map((at): Item => ({ ts: at.ts, rank: 0, order: at.order, at }))
  let order = 0
  const told = transcript.branch.flatMap((entry) =>
    Array.from({ length: entry.events }, (_none, index): Item => {
      order += 1
      return { ts: entry.ts, rank: 1, order, at: { entry, index } }
    }),
  )
  const { compare } = new Intl.Collator()
  return [...recorded, ...told].sort(
    (a, b) => compare(a.ts, b.ts) || a.rank - b.rank || a.order - b.order,
  )
}

async function eventOf(item: Item, sources: BundleSources, owner: BundleOwner): Promise<Fields> {
  if ('span' in item.at) return sources.event(item.at.span)
  const { entry: place, index } = item.at
  const { sessionId, sessionKey, workspaceDir } = owner
  const entry = await sources.entry(place)
  const event = entryEvents(entry)[index]
  return {
    traceSchema: 'openclaw-trajectory',
    schemaVersion: 1,
    traceId: sessionId,
    source: 'transcript',
    type: event?.type,
    ts: item.ts,
    seq: 0,
    sourceSeq: item.order,
    sessionId,
    sessionKey,
    workspaceDir,
    entryId: entry.id,
    parentEntryId: entry.parentId,
    data: event?.data,
  }
}

function hidden(event: Fields, paths: LocalPaths): Fields {
  const { data, workspaceDir } = event
  return {
    ...event,
    workspaceDir: workspaceDir ? paths.hide(workspaceDir) : undefined,
    data: data ? paths.hide(data) : undefined,
  }
}

function assertRoom(count: number): void {
  if (count <= MAX_EVENTS) return
  throw new SessionsError(
    'impossible_state',
    `This session has more than ${MAX_EVENTS} events, more than a bundle may have: export the session after its next reset.`,
  )
}
