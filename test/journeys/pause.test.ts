import t from 'tap'
import { parseConfig } from '../../src/config/config.js'
import { AuditQuery } from '../../src/contract/audit.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { type Composition, compose } from '../../src/service/compose.js'
import { ownFolder } from '../own-folder.js'

const KEY = 'agent:main:main'

t.test(
  'a paused session of the demo is paused again after a restart, and so is the log',
  async (t) => {
    const { config } = parseConfig({
      SESSIONS_API_DEMO: '1',
      SESSIONS_API_DATA_DIR: ownFolder(t),
      SESSIONS_API_DEMO_STEP_MS: '20',
    })
    const problems: unknown[] = []
    const start = async (): Promise<Composition> => {
      const composition = await compose(config, (problem) => problems.push(problem))
      t.teardown(() => composition.close())
      return composition
    }
    const rowOf = async ({ manager }: Composition) => (await manager.get(KEY, FULL_GRANT)).session

    const before = await start()
    const request = { action: 'pause', reason: 'over the budget' } as const
    t.match(await before.manager.control(KEY, request, FULL_GRANT), { outcome: 'paused' })
    await before.close()

    const after = await start()
    const row = await rowOf(after)
    t.match(row, { status: 'paused', statusReason: /Paused by local.*over the budget/ })
    t.ok(row.flags.includes('held'))
    t.match(await after.manager.control(KEY, { action: 'resume' }, FULL_GRANT), {
      outcome: 'resumed',
    })
    t.match(await after.audit.page(AuditQuery.parse({ session: KEY })), {
      entries: [
        { action: 'resume', outcome: 'resumed' },
        { action: 'resume', outcome: 'asked' },
        { action: 'pause', reason: 'over the budget' },
        { action: 'pause', outcome: 'asked' },
      ],
    })
    await after.close()
    const last = await start()
    t.notMatch(await rowOf(last), { status: 'paused' })
    t.strictSame(problems, [])
  },
)
