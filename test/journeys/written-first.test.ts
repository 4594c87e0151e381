import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { AuditPage } from '../../src/contract/audit.js'
import { at, MAIN, type Service, startService, WORK } from '../http/service.js'
import { ownFolder } from '../own-folder.js'
import { Client } from '../ws/client.js'

const DISK_BYTES = 256 * 1024

/** A way to take the place where actions are written down, and to give it back. */
interface Obstacle {
  readonly name: string
  readonly disk?: boolean
  take(directory: string): void
  giveBack(directory: string): void
}

const OBSTACLES: readonly Obstacle[] = [
  {
    name: 'the data directory is gone',
    take: (directory) => rmSync(directory, { recursive: true }),
    giveBack: (directory) => mkdirSync(directory),
  },
  {
    name: 'something else is in the way',
    take(directory) {
      rmSync(join(directory, 'audit'), { recursive: true })
      writeFileSync(join(directory, 'audit'), '')
    },
    giveBack: (directory) => rmSync(join(directory, 'audit')),
  },
  {
    name: 'the disk is full',
    disk: true,
    take(directory) {
      const filler = 'x'.repeat(1024)
      try {
        for (;;) writeFileSync(join(directory, 'ballast'), filler, { flag: 'a' })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    giveBack: (directory) => rmSync(join(directory, 'ballast')),
  },
  {
    name: 'the disk is read-only',
    disk: true,
    take: (directory) => void execFileSync('mount', ['-o', 'remount,ro', directory]),
    giveBack: (directory) => void execFileSync('mount', ['-o', 'remount,rw', directory]),
  },
]

function mountSmallDisk(path: string): void {
  const options = ['-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=700`, 'tmpfs', path]
  execFileSync('mount', options, { stdio: 'ignore' })
}

/** False, or why no small disk can be had. */
function cannotMount(): string | false {
  const path = mkdtempSync(join(tmpdir(), 'sessions-mount-'))
  try {
    mountSmallDisk(path)
    execFileSync('umount', [path])
    return false
  } catch {
    return 'a small tmpfs cannot be mounted here'
  } finally {
    rmSync(path, { recursive: true })
  }
}

function directoryOf(t: Test, { disk = false }: Obstacle): string {
  const directory = mkdtempSync(join(tmpdir(), 'sessions-written-first-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  if (!disk) return directory
  mountSmallDisk(directory)
  // After the service, which closes before: teardowns come in the reverse order.
  t.teardown(() => execFileSync('umount', ['-l', directory]))
  return directory
}

type Write = [name: string, method: string, path: string, body?: unknown]

const SESSION = `/api/sessions/${at(MAIN)}`
const WRITES: readonly Write[] = [
  ...['pause', 'resume', 'stop', 'kill'].map(
    (action): Write => [action, 'POST', `${SESSION}/control`, { action }],
  ),
  ['kill route', 'POST', `/sessions/${at(MAIN)}/kill`],
  ['patch', 'PATCH', SESSION, { label: 'changed' }],
  ['delete', 'DELETE', `/api/sessions/${at(WORK)}`],
  ['archive', 'POST', `/api/sessions/${at(WORK)}/archive`],
  ['compact', 'POST', `/api/sessions/${at(WORK)}/compact`, { maxLines: 1 }],
  ['cleanup', 'POST', '/api/sessions/cleanup', { dryRun: false, age: '1d' }],
]

const SOCKET_WRITES: readonly [method: string, params: object][] = [
  ...['pause', 'resume', 'stop', 'kill'].map((action): [string, object] => [
    `sessions.${action}`,
    { key: MAIN },
  ]),
  ['sessions.abort', { key: MAIN }],
  ['sessions.patch', { key: MAIN, label: 'changed' }],
  ['sessions.delete', { key: WORK }],
  ['sessions.compact', { key: WORK, maxLines: 1 }],
  ['sessions.cleanup', { age: '1d' }],
]

async function ask(service: Service, [name, method, path, body]: Write) {
  const answer = await fetch(service.url + path, {
    method,
    headers: {
      ...service.as('admin'),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'idempotency-key': name.replaceAll(' ', '-'),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: answers of every route
  return { status: answer.status, body: (await answer.json()) as any }
}

/** All that a write could have changed. */
async function facts(service: Service) {
  const list = await fetch(`${service.url}/api/sessions`, { headers: service.as('admin') })
  const { sessions } = (await list.json()) as { sessions: object[] }
  const history = await fetch(`${service.url}/sessions/${at(WORK)}/history`, {
    headers: service.as('admin'),
  })
  const { messages } = (await history.json()) as { messages: object[] }
  const shown = sessions.map((row) =>
    JSON.stringify(row, ['key', 'label', 'status', 'totalTokens']),
  )
  return { shown: shown.toSorted(), messages: messages.length, run: service.runs.session(MAIN) }
}

for (const obstacle of OBSTACLES)
  t.test(
    `nothing is done that cannot be written down: ${obstacle.name}`,
    { skip: obstacle.disk ? cannotMount() : false },
    async (t) => {
      const directory = directoryOf(t, obstacle)
      // Elsewhere: who takes it along signs everybody out.
      const tokensFile = join(ownFolder(t), 'tokens.json')
      const service = await startService(t, { directory, tokensFile })
      const run = service.runs.start({ sessionKey: MAIN, runId: 'r1' })
      const socket = await Client.dial(t, `${service.url}/ws`)
      await socket.connect(service.tokens.admin)
      const before = await facts(service)
      obstacle.take(directory)
      for (const write of WRITES) {
        const { body, status } = await ask(service, write)
        t.match(
          { status, body },
          { status: 503, body: { error: { code: 'unavailable' } } },
          write[0],
        )
        t.match(body.error?.message, /^Nothing was done, because it cannot be written down: /)
      }
      const bulk = { action: 'pause', keys: [MAIN, WORK] }
      const { body } = await ask(service, ['bulk', 'POST', '/api/sessions/control', bulk])
      const refused = { ok: false, error: { code: 'unavailable', retryable: true } }
      t.match(body, { success: false, failed: 2, results: [refused, refused] })
      for (const [method, params] of SOCKET_WRITES)
        t.match(await socket.fail(method, params), { details: { code: 'unavailable' } }, method)
      t.notOk(run.signal.aborted)
      t.strictSame(await facts(service), before)
      obstacle.giveBack(directory)
      const paused = await ask(service, [
        'pause',
        'POST',
        `${SESSION}/control`,
        { action: 'pause' },
      ])
      t.match(paused, { status: 202, body: { outcome: 'pausing' } }, 'a refusal is not kept')
      const log = AuditPage.parse((await ask(service, ['audit', 'GET', '/api/audit'])).body)
      t.match(log.entries, [
        { action: 'pause', outcome: 'pausing', ok: true },
        { action: 'pause', outcome: 'asked', ok: null, actionId: log.entries[0]?.actionId },
      ])
      run.end()
    },
  )

t.test('who is killed in the middle of an action leaves that it was asked for', async (t) => {
  const service = await startService(t)
  const run = service.runs.start({ sessionKey: MAIN, runId: 'r1' })
  // Its host has not ended it yet, so nobody is answered.
  const answer = ask(service, ['kill', 'POST', `/sessions/${at(MAIN)}/kill`])
  await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
  const log = AuditPage.parse((await ask(service, ['audit', 'GET', '/api/audit'])).body)
  t.match(log.entries, [{ action: 'kill', session: MAIN, outcome: 'asked', ok: null }])
  run.end()
  t.match(await answer, { status: 200, body: { killed: true } })
})
