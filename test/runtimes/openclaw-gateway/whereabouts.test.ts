import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { PolicyHold } from '../../../src/contract/state.js'
import {
  type Locate,
  type OpenClawGateway,
  openclawGateway,
} from '../../../src/runtimes/openclaw-gateway/index.js'
import { locateBeside } from '../../../src/service/compose.js'
import { until } from '../../until.js'
import { FakeGateway } from './fake-gateway.js'

const KEY = 'agent:main:main'

function connect(t: Test, url: string, locate: Locate, holds: PolicyHold[] = []): OpenClawGateway {
  const runtime = openclawGateway({
    address: async () => ({ url }),
    deviceSeed: async () => new Uint8Array(32),
    holds: { load: async () => holds, save: async (now) => void holds.splice(0, 9, ...now) },
    locate,
    version: '1.2.3',
  })
  t.teardown(() => runtime.close())
  return runtime
}

t.test('a gateway of another directory is none, until the right one is there', async (t) => {
  const dir = t.testdir({ ours: {}, theirs: {} })
  const wrong = await FakeGateway.start(t, { stateDir: join(dir, 'theirs') })
  const { port } = wrong
  wrong.rows = [{ key: KEY, hasActiveRun: true }]
  const hold = { sessionKey: KEY, by: 'ann', reason: null, sinceMs: 1, applied: true }
  const holds: PolicyHold[] = [{ ...hold, earlierPolicy: null }]
  const runtime = connect(t, wrong.url, locateBeside(join(dir, 'ours')), holds)
  await until(() => /another state directory/.test(runtime.health().message))
  t.equal(runtime.health().status, 'down')
  t.notMatch(runtime.health().message, dir, 'no path is told')
  t.equal(runtime.session(KEY)?.run ?? null, null, 'its run is not ours')
  await t.rejects(runtime.act(KEY, 'kill', { by: 'ann', reason: null }), {
    code: 'no_runtime',
    message: /OPENCLAW_STATE_DIR/,
  })
  t.notOk(wrong.methods().includes('sessions.abort'))
  t.equal(holds.length, 1, 'a pause is not lifted by sessions of others')
  await wrong.close()
  const right = await FakeGateway.start(t, { port, stateDir: join(dir, 'ours') })
  right.rows = [{ key: KEY, hasActiveRun: true, sendPolicy: 'deny' }]
  await until(() => runtime.health().status === 'ok')
  t.match(runtime.health(), { message: /It serves this state directory/ })
  t.equal(runtime.health().notice, undefined)
  t.not(runtime.session(KEY)?.run ?? null, null)
})

t.test('where it cannot be seen, it is said', async (t) => {
  const dir = t.testdir({})
  for (const stateDir of [undefined, '/nowhere/else/.openclaw']) {
    const told = stateDir === undefined ? {} : { stateDir }
    const gateway = await FakeGateway.start(t, told)
    const runtime = connect(t, gateway.url, locateBeside(dir))
    await until(() => runtime.health().status === 'ok')
    t.match(runtime.health().notice, /cannot be seen from here/)
    t.ok(runtime.health().message.includes(runtime.health().notice ?? '-'))
  }
})

t.test('directories are compared, not their names, and only on this machine', async (t) => {
  const dir = t.testdir({ real: {}, link: t.fixture('symlink', 'real') })
  await mkdir(join(dir, 'other'))
  const locate = locateBeside(join(dir, 'real'))
  const near = 'ws://127.0.0.1:1'
  t.equal(await locate(join(dir, 'link'), near), 'here')
  t.equal(await locate(`${dir}/other/../real/`, near), 'here')
  t.equal(await locate(join(dir, 'other'), near), 'elsewhere')
  t.equal(await locate(join(dir, 'gone'), near), 'unknown')
  t.equal(await locate(join(dir, 'other'), 'ws://[::1]:1'), 'elsewhere')
  t.equal(await locate(join(dir, 'other'), 'wss://gateway.example:1'), 'unknown')
  t.equal(await locateBeside(join(dir, 'gone'))(join(dir, 'real'), near), 'unknown')
})
