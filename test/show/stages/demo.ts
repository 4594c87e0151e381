import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cleanup } from '../../cleanup.js'
import { until } from '../../until.js'
import { Program } from '../program.js'
import { Service } from '../service.js'
import type { Family, Stage } from '../stage.js'

/** The demo's run of minutes, which has helpers. */
const SHOWCASE = 'agent:main:main'
const STEP_MS = 150
const TOKEN = 'a-token-to-show-the-demo-0123456789'
/** A session that an operator ended rests for some 30 s before it is used again. */
const FAMILY_MS = 120_000

/** The service as it starts without a state directory. */
export async function demoStage(cleanup: Cleanup): Promise<Stage> {
  const program = new Program(
    ['dist/surfaces/cli/main.js', 'serve'],
    {
      SESSIONS_API_PORT: '0',
      SESSIONS_API_LOG_LEVEL: 'warn',
      SESSIONS_API_TOKEN: TOKEN,
      SESSIONS_API_DEMO_STEP_MS: String(STEP_MS),
    },
    cleanup,
  )
  const url = await program.wrote(/^ {2}url +(\S+)$/)
  const stateDir = await program.wrote(/simulated agents, in (\S+)$/)
  const env = { TOKEN, URL: url }
  const service = new Service(env)
  return {
    title: 'demo: a town of simulated agents',
    remark: 'npm start, where there is no state directory. Steps of 0.15 s.',
    env,
    follow: 'follow',
    pausesBetween: 'steps',
    begin: async () => SHOWCASE,
    beginAgain: async () => {},
    async beginFamily() {
      let children: string[] = []
      await until(async () => {
        children = await helpersOf(service)
        return children.length > 0
      }, FAMILY_MS)
      return { key: SHOWCASE, children }
    },
    witnesses: async (family) => [
      {
        words: 'no transcript of them is locked any more',
        holds: await areUnlocked(service, stateDir, family),
      },
    ],
  }
}

async function helpersOf(service: Service): Promise<string[]> {
  const rows = await service.rows()
  if (rows.find(({ key }) => key === SHOWCASE)?.status !== 'running') return []
  return rows
    .filter(({ spawnedBy, status }) => spawnedBy === SHOWCASE && status === 'running')
    .map(({ key }) => key)
}

/** As OpenClaw does, a run of the demo holds the lock of its transcript. */
async function areUnlocked(service: Service, stateDir: string, { children, key }: Family) {
  const rows = await service.rows()
  const locks = rows
    .filter((row) => row.key === key || children.includes(row.key))
    .map(({ agent, sessionId }) =>
      join(stateDir, 'agents', agent, 'sessions', `${sessionId}.jsonl.lock`),
    )
  const held = await Promise.all(
    locks.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  return locks.length > 0 && !held.includes(true)
}
