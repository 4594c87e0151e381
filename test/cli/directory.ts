import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ownFolder } from '../own-folder.js'
import { FIXTURE, ROOT } from './process.js'

export const FIXTURE_5 = join(ROOT, 'fixtures/openclaw-2026.5.28')

/** Flags for a state directory that may be read only, with its own data directory. */
export function reading(t: Test, stateDir = FIXTURE): string[] {
  return ['--state-dir', stateDir, '--data-dir', ownFolder(t)]
}

export interface OwnDirectory {
  readonly state: string
  readonly flags: string[]
  /** Settings of a service over the same directory. */
  readonly env: Record<string, string>
}

/** A copy of a real state directory that may be changed. */
export async function ownDirectory(t: Test, from = FIXTURE): Promise<OwnDirectory> {
  const dir = ownFolder(t, { data: {} })
  const state = join(dir, 'state')
  const data = join(dir, 'data')
  await cp(from, state, { recursive: true })
  return {
    state,
    flags: ['--state-dir', state, '--data-dir', data],
    env: { OPENCLAW_STATE_DIR: state, SESSIONS_API_DATA_DIR: data },
  }
}
