import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { processState } from '../../src/stores/openclaw/writing/process-state.js'
import { FakeGateway, type FakeGatewayOptions } from '../runtimes/openclaw-gateway/fake-gateway.js'
import { ownDirectory } from './directory.js'
import { runProcess as run } from './process.js'

const KEY = 'agent:main:newbypatch'
const WRITES = [
  ['cleanup', '--fix-missing'],
  ['archive', KEY],
  ['delete', KEY, '--yes'],
  ['compact', 'main', '--max-lines', '3', '--yes'],
]
const REFUSED = { code: 'UNAUTHORIZED', message: 'unauthorized: token mismatch' }

async function everyFile(state: string): Promise<[string, string][]> {
  const names = await readdir(state, { recursive: true, withFileTypes: true })
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return Promise.all(
    files.sort().map(async (path) => [path, await readFile(path, 'utf8')] as [string, string]),
  )
}

/** A state directory whose configuration names a gateway, which is there. */
async function besideGateway(t: Test, options: FakeGatewayOptions) {
  const gateway = await FakeGateway.start(t, options)
  const own = await ownDirectory(t)
  const config = { gateway: { port: gateway.port, auth: { token: 'an-old-one' } } }
  await writeFile(join(own.state, 'openclaw.json'), JSON.stringify(config))
  return own
}

async function nothingIsWritten(
  t: Test,
  state: string,
  flags: string[],
  sentence: RegExp,
  env = {},
) {
  const before = await everyFile(state)
  for (const words of WRITES) {
    const said = await run([...words, ...flags], { env })
    t.match(said, { code: 1, err: sentence }, words.join(' '))
    t.match(said.err, /Nothing was changed\.\n$/)
  }
  const preview = await run(['cleanup', '--dry-run', '--json', ...flags], { env })
  t.match(preview, { code: 0, err: '' }, 'looking is allowed')
  t.strictSame(await everyFile(state), before)
}

t.test('a gateway that runs and refuses us: nothing is written beside it', async (t) => {
  const { flags, state } = await besideGateway(t, { refuse: () => REFUSED })
  const sentence =
    /The gateway at ws:\S+ refuses the credential: set SESSIONS_API_GATEWAY_TOKEN .* stop it, or set SESSIONS_API_GATEWAY_URL=off /
  await nothingIsWritten(t, state, flags, sentence)
  const said = await run(['delete', KEY, '--yes', '--gateway-url', 'off', ...flags])
  t.match(said, { code: 0 }, 'whoever knows better says so')
})

t.test('the lock of a gateway that cannot be found by its address', async (t) => {
  const { flags, state } = await ownDirectory(t)
  const temporary = join(state, '../temporary')
  const env = { TMPDIR: temporary }
  const locks = join(temporary, `openclaw-${process.getuid?.()}`)
  const hash = createHash('sha256').update(join(state, 'openclaw.json')).digest('hex').slice(0, 8)
  const path = join(locks, `gateway.${hash}.lock`)
  await mkdir(locks, { recursive: true })
  const { startTicks } = await processState(process.pid)
  const lock = (startTime: number) =>
    writeFile(path, JSON.stringify({ pid: process.pid, createdAt: new Date(), startTime }))
  await lock(startTicks ?? 0)
  const sentence = /A gateway of this state directory is running \(process \d+\)/
  await nothingIsWritten(t, state, flags, sentence, env)
  await lock((startTicks ?? 0) - 1)
  const said = await run(['delete', KEY, '--yes', ...flags], { env })
  t.match(said, { code: 0 }, 'that process is another one by now')
})

t.test('a gateway of another directory is in nobody’s way', async (t) => {
  const { flags } = await besideGateway(t, { stateDir: '/' })
  const said = await run(['delete', KEY, '--yes', ...flags])
  t.match(said, { code: 0, out: /kept as|is deleted/ })
})
