import type { Test } from 'tap'
import t from 'tap'
import { openclawSqlite } from '../../../../src/stores/openclaw/index.js'
import { ownFolder } from '../../../own-folder.js'
import { type SessionToPut, type StoreHarness, storeSuite } from '../../../suites/store.js'
import { GatewayDatabase } from './gateway-database.js'

/** A gateway's hands: nodes and events in one database an agent; an event is committed when its line is whole. */
async function harness(t: Test, schema: 19 | 23, useNotification: boolean): Promise<StoreHarness> {
  const stateDir = ownFolder(t)
  const databases = new Map<string, GatewayDatabase>()
  const ids = new Map<string, string>()
  const torn = new Map<string, string>()
  const store = openclawSqlite({ stateDir, homeDir: stateDir, useNotification, pollMs: 50 })
  t.teardown(async () => {
    await store.close()
    for (const database of databases.values()) database.close()
  })
  const of = async (key: string) => {
    const agent = key.split(':')[1] ?? ''
    const database =
      databases.get(agent) ?? (await GatewayDatabase.create(stateDir, agent, { schema }))
    databases.set(agent, database)
    return database
  }
  const linesOf = (text: string) => text.split('\n').filter((line) => line !== '')
  return {
    store,
    async put({ key, sessionId, label, updatedAtMs }: SessionToPut, transcript?: string) {
      const database = await of(key)
      ids.set(key, sessionId ?? '')
      database.node(
        key,
        sessionId ?? '',
        {},
        { label: label ?? null, ...(updatedAtMs === undefined ? {} : { updated_at: updatedAtMs }) },
      )
      if (transcript !== undefined) database.rewrite(sessionId ?? '', linesOf(transcript))
    },
    remove: async (key) =>
      (await of(key)).run('DELETE FROM session_nodes WHERE session_key = ?', key),
    async append(key, text) {
      const whole = (torn.get(key) ?? '') + text
      const end = whole.lastIndexOf('\n') + 1
      torn.set(key, whole.slice(end))
      ;(await of(key)).append(ids.get(key) ?? '', linesOf(whole.slice(0, end)))
    },
    replace: async (key, text) => (await of(key)).rewrite(ids.get(key) ?? '', linesOf(text)),
  }
}

storeSuite(t, 'SQLite of 2026.9', (t) => harness(t, 23, true))
storeSuite(t, 'SQLite of 2026.8', (t) => harness(t, 19, true))
storeSuite(t, 'SQLite, by polling alone', (t) => harness(t, 23, false))
