import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Service } from '../cli/process.js'
import { header, user } from '../core/lines.js'
import { RawStream } from '../http/sse-client.js'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'

const TOKEN = 'a-token-of-this-test-only-0123456789abcdef'
const KEY = 'agent:late:main'
const FOLLOW = `/sessions/${encodeURIComponent(KEY)}/history?follow=1`

async function start(t: Test, env: Record<string, string>) {
  const dir = ownFolder(t, { state: { agents: {} } })
  const stateDir = join(dir, 'state')
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: stateDir,
    SESSIONS_API_DATA_DIR: join(dir, 'data'),
    SESSIONS_API_TOKEN: TOKEN,
    SESSIONS_API_POLL_MS: '100',
    ...env,
  })
  const sessions = join(stateDir, 'agents/late/sessions')
  return { service, sessions }
}

const open = ({ url }: Service) =>
  RawStream.open(url + FOLLOW, { authorization: `Bearer ${TOKEN}` })

/** A whole agent appears: its folder, its store, and later the transcript that its entry names. */
async function appear(service: Service, sessions: string): Promise<string> {
  await mkdir(sessions, { recursive: true })
  const store = JSON.stringify({ [KEY]: { sessionId: 'late-1', updatedAt: Date.now() } })
  await writeFile(join(sessions, 'sessions.json'), store)
  await until(async () => (await service.get(`/api/sessions/${encodeURIComponent(KEY)}`, TOKEN)).ok)
  return join(sessions, 'late-1.jsonl')
}

for (const [name, env] of [
  ['with notification', {}],
  ['on a file system without notification', { SESSIONS_API_FILE_NOTIFY: '0' }],
] as const) {
  t.test(`a folder that appears later is followed ${name}`, async (t) => {
    const { service, sessions } = await start(t, env)
    const transcript = await appear(service, sessions)
    const stream = await open(service)
    t.match(await stream.event(), { type: 'history', data: { messages: [] } })
    await writeFile(transcript, header('late-1') + user('one', { id: 'e1' }))
    t.match(await stream.event(), { type: 'message', data: { message: { content: 'one' } } })
    await appendFile(transcript, user('two', { id: 'e2' }))
    t.match(await stream.event(), { type: 'message', data: { message: { content: 'two' } } })
    await stream.close()
  })
}
