import type { Test } from 'tap'
import t from 'tap'
import { openclawFiles } from '../../../src/stores/openclaw-files/index.js'
import { type SessionToPut, type StoreHarness, storeSuite } from '../../suites/store.js'
import { stateDir } from './state-dir.js'

/** A gateway's hands: stores are replaced by rename, transcripts appended to. */
async function harness(t: Test, useNotification: boolean): Promise<StoreHarness> {
  const dir = stateDir(t)
  const entries = new Map<string, Map<string, object>>()
  const names = new Map<string, string>()
  const store = openclawFiles({ stateDir: dir.root, useNotification, pollMs: 50 })
  t.teardown(() => store.close())
  const agentOf = (key: string) => key.split(':')[1] ?? ''
  const nameOf = (key: string) => names.get(key) ?? 'never-put.jsonl'
  const write = (agent: string, change: (entries: Map<string, object>) => void) => {
    const own = entries.get(agent) ?? new Map()
    entries.set(agent, own)
    change(own)
    return dir.store(agent, Object.fromEntries(own))
  }
  return {
    store,
    async put({ key, sessionId, label, updatedAtMs }: SessionToPut, transcript?: string) {
      names.set(key, `${sessionId}.jsonl`)
      if (transcript !== undefined) await dir.transcript(agentOf(key), nameOf(key), transcript)
      const entry = { sessionId: sessionId ?? undefined, label, updatedAt: updatedAtMs }
      await write(agentOf(key), (entries) => entries.set(key, entry))
    },
    remove: (key) => write(agentOf(key), (entries) => entries.delete(key)),
    append: (key, text) => dir.append(agentOf(key), nameOf(key), text),
    replace: (key, text) => dir.transcript(agentOf(key), nameOf(key), text),
  }
}

storeSuite(t, 'files, with notification', (t) => harness(t, true))
storeSuite(t, 'files, by polling alone', (t) => harness(t, false))
