import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanup } from '../../cleanup.js'
import { until } from '../../until.js'
import { Program } from '../program.js'
import { Service } from '../service.js'
import type { Stage } from '../stage.js'

const SESSION = 'agent:main:main'
const HELPER = 'agent:main:subagent:helper'
const TOKEN = 'a-token-to-show-the-host'
const STEP_MS = 400
const START_MS = 20_000

/** A host with an agent loop of its own, the runs of which are in its process. */
export async function inProcessStage(cleanup: Cleanup): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-sessions-show-'))
  cleanup.teardown(() => rm(folder, { recursive: true, force: true }))
  const host = new Program(
    ['examples/agent-loop.mjs'],
    {
      HOST_TOKEN: TOKEN,
      STATE_DIR: join(folder, 'state'),
      DATA_DIR: join(folder, 'data'),
      STEP_MS: String(STEP_MS),
    },
    cleanup,
  )
  const url = await host.wrote(/^(http:\S+)$/)
  const env = { TOKEN, URL: url }
  const service = new Service(env)
  const runs = async (key: string) => (await service.row(key))?.status === 'running'
  return {
    title: 'in process: examples/agent-loop.mjs',
    remark: 'A host with a loop of its own. Steps of 0.4 s.',
    env,
    follow: 'follow',
    pausesBetween: 'steps',
    async begin() {
      host.say(Array.from({ length: 200 }, (_, n) => `step-${n + 1}`).join(' '))
      await until(() => runs(SESSION), START_MS)
      return SESSION
    },
    beginAgain: async () => {},
    async beginFamily() {
      host.say('@helper')
      await until(async () => (await runs(SESSION)) && (await runs(HELPER)), START_MS)
      return { key: SESSION, children: [HELPER] }
    },
    witnesses: async () => [
      {
        words: 'the host says that its loop was aborted',
        holds: host.lines.includes('aborted @helper: kill'),
      },
    ],
  }
}
