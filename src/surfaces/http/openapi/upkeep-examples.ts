import type { CleanupAnswer } from '../../../contract/cleanup.js'
import type { CompactAnswer, PatchAnswer, RemovalAnswer } from '../../../contract/maintenance.js'

const KEY = 'agent:main:dashboard:0b82bedc'
const ARCHIVED = '3114cc9d-a924-45bc-9c7f-9ffb4695945d.jsonl'
const TIME = '2026-11-21T05-12-30.000Z'
const DAY_MS = 86_400_000

export const EXAMPLE_PATCHED: PatchAnswer = { ok: true, key: KEY, via: 'store' }

export const EXAMPLE_COMPACTED: CompactAnswer = {
  ok: true,
  key: KEY,
  compacted: true,
  kept: 400,
  archived: `${ARCHIVED}.bak.${TIME}`,
  via: 'store',
}

export const EXAMPLE_REMOVED: RemovalAnswer = {
  ok: true,
  key: KEY,
  deleted: true,
  archived: [`${ARCHIVED}.deleted.${TIME}`],
  via: 'store',
}

export const EXAMPLE_CLEANUP: CleanupAnswer = {
  mode: 'enforce',
  dryRun: true,
  via: 'store',
  stores: [
    {
      agentId: 'main',
      storePath: '/home/openclaw/.openclaw/agents/main/sessions/sessions.json',
      mode: 'enforce',
      dryRun: true,
      beforeCount: 1,
      afterCount: 0,
      missing: 0,
      dmScopeRetired: 0,
      modelRunPruned: 0,
      pruned: 1,
      capped: 0,
      unreferencedArtifacts: {
        scannedFiles: 4,
        removedFiles: 0,
        freedBytes: 0,
        olderThanMs: 30 * DAY_MS,
      },
      expiredArchives: { removedFiles: 0, freedBytes: 0 },
      diskBudget: null,
      wouldMutate: true,
      actions: [
        {
          action: 'prune-stale',
          key: KEY,
          sessionId: '3114cc9d-a924-45bc-9c7f-9ffb4695945d',
          ageMs: 40 * DAY_MS,
          model: 'mock/mock-1',
          label: null,
          flags: [],
        },
      ],
    },
  ],
}
