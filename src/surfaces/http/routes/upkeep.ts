import { CleanupAnswer, CleanupRequest } from '../../../contract/cleanup.js'
import {
  CompactAnswer,
  CompactRequest,
  PatchAnswer,
  RemovalAnswer,
  SessionPatch,
} from '../../../contract/maintenance.js'
import type { ErrorCode } from '../../../errors.js'
import { json, NO_STORE } from '../answer.js'
import {
  EXAMPLE_CLEANUP,
  EXAMPLE_COMPACTED,
  EXAMPLE_PATCHED,
  EXAMPLE_REMOVED,
} from '../openapi/upkeep-examples.js'
import { guarded } from '../operation.js'

/** Something is locked, the disk is full, the gateway refuses: nothing was changed, and the sentence says why. */
const ERRORS: readonly ErrorCode[] = [
  'unavailable',
  'no_runtime',
  'not_supported',
  'impossible_state',
]

export const patchSession = guarded({
  operationId: 'patchSession',
  method: 'PATCH',
  path: '/api/sessions/{key}',
  scope: 'operator.admin',
  repeatable: true,
  tag: 'Upkeep',
  summary: 'Set fields of a session',
  description:
    "Sets OpenClaw's own fields; `null` takes one away. Written through the live gateway where one is connected, else under the store's lock, with everything else as it was.",
  body: SessionPatch,
  bodyExample: { label: 'Release notes', thinkingLevel: null },
  responses: {
    200: {
      description: 'Written.',
      content: {
        'application/json': {
          schema: PatchAnswer,
          examples: { patched: { summary: 'By this service', value: EXAMPLE_PATCHED } },
        },
      },
    },
  },
  errors: [...ERRORS, 'session_paused'],
  async handle({ manager, key, body, grant }) {
    return json(await manager.patch(key, body, grant), NO_STORE)
  },
})

export const compactSession = guarded({
  operationId: 'compactSession',
  method: 'POST',
  path: '/api/sessions/{key}/compact',
  scope: 'operator.admin',
  repeatable: true,
  tag: 'Upkeep',
  summary: 'Shorten a transcript',
  description:
    'With `maxLines` keeps the header and the newest lines, and the whole transcript as an archive beside it; a session with a live run is refused. Without it the live gateway summarises.',
  body: CompactRequest,
  bodyExample: { maxLines: 400 },
  responses: {
    200: {
      description: 'Done, or there was nothing to do.',
      content: {
        'application/json': {
          schema: CompactAnswer,
          examples: { cut: { summary: 'Cut to 400 lines', value: EXAMPLE_COMPACTED } },
        },
      },
    },
  },
  errors: ERRORS,
  async handle({ manager, key, body, grant }) {
    return json(await manager.compact(key, body, grant), NO_STORE)
  },
})

const removed = {
  200: {
    description: 'It is off the list; its transcript is kept.',
    content: {
      'application/json': {
        schema: RemovalAnswer,
        examples: { removed: { summary: 'With its archive', value: EXAMPLE_REMOVED } },
      },
    },
  },
}

export const archiveSession = guarded({
  operationId: 'archiveSession',
  method: 'POST',
  path: '/api/sessions/{key}/archive',
  scope: 'operator.admin',
  repeatable: true,
  tag: 'Upkeep',
  summary: 'Archive a session',
  description:
    'Takes the session off the list. Its transcript is kept for as long as those of resets (`resetArchiveRetention`); a live gateway that archives sessions keeps it itself.',
  responses: removed,
  errors: ERRORS,
  async handle({ manager, key, grant }) {
    return json(await manager.archive(key, grant), NO_STORE)
  },
})

export const deleteSession = guarded({
  operationId: 'deleteSession',
  method: 'DELETE',
  path: '/api/sessions/{key}',
  scope: 'operator.admin',
  repeatable: true,
  tag: 'Upkeep',
  summary: 'Delete a session',
  description:
    'Its transcript becomes an archive that maintenance removes after `pruneAfter`. Main sessions and sessions with a live run are refused.',
  responses: removed,
  errors: ERRORS,
  async handle({ manager, key, grant }) {
    return json(await manager.delete(key, grant), NO_STORE)
  },
})

export const cleanupSessions = guarded({
  operationId: 'cleanupSessions',
  method: 'POST',
  path: '/api/sessions/cleanup',
  scope: 'operator.admin',
  repeatable: true,
  tag: 'Upkeep',
  summary: 'Clean up session stores',
  description:
    "OpenClaw's `session.maintenance`: stale sessions, too many of them, a full disk, archives whose time is over and files that nobody means. A dry run by default, with a line for each session. Main sessions, groups, threads and live runs stay.",
  body: CleanupRequest,
  bodyExample: { agent: 'main', age: '30d', dryRun: true },
  responses: {
    200: {
      description: 'What would be done, or what was.',
      content: {
        'application/json': {
          schema: CleanupAnswer,
          examples: { preview: { summary: 'One stale session', value: EXAMPLE_CLEANUP } },
        },
      },
    },
  },
  errors: [...ERRORS, 'outside_grant', 'invalid_request'],
  async handle({ manager, body, grant }) {
    return json(await manager.cleanup(body, grant), NO_STORE)
  },
})
