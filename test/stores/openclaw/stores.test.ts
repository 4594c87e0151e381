import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { FULL_GRANT } from '../../../src/contract/grant.js'
import { ListQuery } from '../../../src/contract/session.js'
import type { Store } from '../../../src/contract/store.js'
import { createSessionManager } from '../../../src/core/index.js'
import { openclawFiles, openclawStores } from '../../../src/stores/openclaw/index.js'
import { ownFolder } from '../../own-folder.js'

const FIXTURES = join(import.meta.dirname, '../../../fixtures')
const DATABASES = join(FIXTURES, 'openclaw-2026.9.6')
const FILES = join(FIXTURES, 'openclaw-2026.4.21')

/** What a host that embeds these stores answers to a list. */
async function listOf(stores: readonly Store[]) {
  const manager = createSessionManager({ stores, runtime: null, version: '0.0.0' })
  try {
    return (await manager.list(ListQuery.parse({ limit: 100 }), FULL_GRANT)).page()
  } finally {
    await manager.close()
    await Promise.all(stores.map((store) => store.close()))
  }
}

t.test('a host that reads files only learns that there are databases', async (t) => {
  await t.rejects(listOf([openclawFiles({ stateDir: DATABASES, homeDir: DATABASES })]), {
    code: 'sources_down',
    message: /SQLite.*openclawStores/,
  })
})

t.test(
  'files of before an upgrade are shown as such, without the databases beside them',
  async (t) => {
    const stateDir = ownFolder(t)
    await cp(FILES, stateDir, { recursive: true })
    await cp(join(DATABASES, 'agents/main/agent'), join(stateDir, 'agents/main/agent'), {
      recursive: true,
    })
    const alone = await listOf([openclawFiles({ stateDir, homeDir: stateDir })])
    t.match(
      alone.sources.find(({ id }) => id === 'openclaw-files:main'),
      { status: 'degraded', message: /before the upgrade/ },
    )
    const both = await listOf(openclawStores({ stateDir, homeDir: stateDir }))
    const main = both.sessions.filter(({ key }) => key === 'agent:main:main')
    t.equal(main.length, 1, 'a session that both have is shown once')
    t.ok(both.totalCount > alone.totalCount)
    t.notMatch(JSON.stringify(both.sources), /openclawStores/)
  },
)

t.test('one call opens a directory of any release', async (t) => {
  for (const stateDir of [FILES, DATABASES]) {
    const { sources, totalCount } = await listOf(openclawStores({ stateDir, homeDir: stateDir }))
    t.ok(totalCount > 5, stateDir)
    t.ok(sources.every(({ status }) => status === 'ok'))
  }
})
