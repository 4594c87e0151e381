import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { HistoryPage } from '../../src/contract/history.js'
import { SessionList } from '../../src/contract/session.js'
import { createSessionManager } from '../../src/core/index.js'
import { sessionsApi } from '../../src/plugin.js'
import { openclawFiles } from '../../src/stores/openclaw/index.js'
import { line, transcript } from './service.js'
import { beforeDeadline } from './sse-client.js'

const SECRET = 'a line of a file outside'
/** From the folder of the transcripts to the state directory. */
const UP = Array.from({ length: 3 }, () => '..').join('/')
const MEGABYTE = 1024 * 1024

/** A state directory of one agent, served; the entry `x` names the transcript `x.jsonl`. */
async function serve(t: Test, store: string | null) {
  const stateDir = t.testdir()
  const folder = join(stateDir, 'agents', 'main', 'sessions')
  await mkdir(folder, { recursive: true })
  const place = { folder, store: join(folder, 'sessions.json') }
  if (store !== null) await writeFile(place.store, store)
  const start = async () => {
    const files = openclawFiles({ stateDir })
    const manager = createSessionManager({ stores: [files], runtime: null, version: '0.0.0' })
    const app = Fastify()
    await app.register(sessionsApi, { manager, auth: () => FULL_GRANT })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    t.teardown(async () => {
      await app.close()
      await manager.close()
      await files.close()
    })
    const get = async (path: string) => {
      const answer = await request(url + path)
      return { status: answer.statusCode, text: await answer.body.text() }
    }
    const list = async () => SessionList.parse(JSON.parse((await get('/api/sessions')).text))
    const history = async (query = '') => {
      const answer = await get(`/sessions/agent%3Amain%3Ax/history${query}`)
      return { ...answer, page: HistoryPage.parse(JSON.parse(answer.text)) }
    }
    return { get, list, history }
  }
  return { ...place, start }
}

/** Stands for 10,000 levels, which JSON.stringify itself cannot write. */
const DEEP = 'DEEP'
const deepened = (text: string) =>
  text.replaceAll(`"${DEEP}"`, () => `${'['.repeat(10_000)}${']'.repeat(10_000)}`)

const entry = (facts: object = {}) =>
  deepened(
    JSON.stringify({ 'agent:main:x': { sessionId: 'x', updatedAt: 1795234707840, ...facts } }),
  )

const header = transcript('x', [])
const three = transcript('x', ['one', 'two', 'three'])

interface Row {
  readonly what: string
  readonly file: string | Buffer
  readonly seqs: number[]
}

const LINES: Row[] = [
  {
    what: 'a torn last line waits for its newline',
    file: three + line(4, 'four').trimEnd(),
    seqs: [1, 2, 3],
  },
  {
    what: 'a torn UTF-8 character',
    file: Buffer.concat([Buffer.from(three), Buffer.from([0xc3])]),
    seqs: [1, 2, 3],
  },
  {
    what: 'broken lines are skipped',
    file: `${header}${line(1, 'one')}{"type":\n[1,2\nnull\n7\n""\n${line(2, 'two')}`,
    seqs: [1, 2],
  },
  {
    what: 'bytes that are no UTF-8',
    file: Buffer.concat([
      Buffer.from(header + line(1, 'one')),
      Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
      Buffer.from(line(2, 'two')),
    ]),
    seqs: [1, 2],
  },
  { what: 'a byte order mark', file: `\ufeff${three}`, seqs: [1, 2, 3] },
  { what: 'CRLF', file: three.replaceAll('\n', '\r\n'), seqs: [1, 2, 3] },
  {
    what: 'a second header line',
    file: `${header}${line(1, 'one')}${header}${line(2, 'two')}`,
    seqs: [1, 2],
  },
  {
    what: '10,000 levels deep',
    file: `${header}${line(1, 'one')}${'['.repeat(10_000)}${']'.repeat(10_000)}\n${line(2, 'two')}`,
    seqs: [1, 2],
  },
  {
    what: 'a message 10,000 levels deep',
    file:
      header +
      deepened(line(1, 'one').replace('"text":"one"', `"text":"one","input":"${DEEP}"`)) +
      line(2, 'two'),
    seqs: [1, 2],
  },
  {
    what: '__proto__ in a line',
    file: `${header}{"__proto__":{"polluted":true},"type":"message","id":"m1","parentId":null,"message":{"role":"user","content":"hi","__proto__":{"polluted":true}}}\n`,
    seqs: [1],
  },
  { what: 'blank lines', file: `\n\n${three}\n\n`, seqs: [1, 2, 3] },
  { what: 'only a header', file: header, seqs: [] },
  { what: 'nothing at all', file: '', seqs: [] },
]

t.test('damaged transcripts: what is whole is served', async (t) => {
  for (const { what, file, seqs } of LINES) {
    await t.test(what, async (t) => {
      const { folder, start } = await serve(t, entry())
      await writeFile(join(folder, 'x.jsonl'), file)
      const { history } = await start()
      for (const branch of ['active', 'all']) {
        const { status, page } = await history(`?branch=${branch}`)
        t.equal(status, 200)
        t.same(
          page.messages.map((message) => message.__openclaw.seq),
          seqs,
          branch,
        )
      }
      t.equal(Reflect.get({}, 'polluted'), undefined)
    })
  }
})

t.test('a line of 64 MB is served cut, between its neighbours', async (t) => {
  const { folder, start } = await serve(t, entry())
  const huge = line(2, 'x'.repeat(64 * MEGABYTE))
  await writeFile(join(folder, 'x.jsonl'), header + line(1, 'one') + huge + line(3, 'three'))
  const { history } = await start()
  const { status, text, page } = await history()
  t.equal(status, 200)
  t.same(
    page.messages.map((message) => message.__openclaw.seq),
    [1, 2, 3],
  )
  t.equal(page.messages[1]?.__openclaw.truncated, true)
  t.ok(text.length < MEGABYTE)
})

interface Entry {
  readonly what: string
  readonly entry: object
  readonly sessionId: string | null
  prepare?(folder: string): Promise<void>
}

const ENTRIES: Entry[] = [
  { what: 'without a sessionId', entry: { sessionId: undefined, label: 'cron' }, sessionId: null },
  { what: 'whose transcript is missing', entry: {}, sessionId: 'x' },
  {
    what: 'whose transcript is a symlink',
    entry: {},
    sessionId: 'x',
    prepare: (folder) => symlink(join(folder, `${UP}/outside.jsonl`), join(folder, 'x.jsonl')),
  },
  {
    what: 'whose transcript is outside',
    entry: { sessionFile: `${UP}/outside.jsonl` },
    sessionId: 'x',
  },
  {
    what: 'with a field 10,000 levels deep',
    entry: { deep: DEEP },
    sessionId: 'x',
  },
  {
    what: 'whose sessionId climbs',
    entry: { sessionId: `${UP}/outside` },
    sessionId: `${UP}/outside`,
  },
  {
    what: 'whose transcript is a folder',
    entry: {},
    sessionId: 'x',
    prepare: (folder) => mkdir(join(folder, 'x.jsonl')),
  },
]

t.test('entries without a transcript of theirs are listed, with an empty history', async (t) => {
  for (const row of ENTRIES) {
    await t.test(row.what, async (t) => {
      const { folder, start } = await serve(t, entry(row.entry))
      await writeFile(join(folder, `${UP}/outside.jsonl`), transcript('x', [SECRET]))
      await row.prepare?.(folder)
      const { list, history, get } = await start()
      const { sessions } = await list()
      t.match(sessions, [{ key: 'agent:main:x' }])
      const { status, page } = await history()
      t.equal(status, 200)
      t.same(page.messages, [])
      if (row.sessionId === null || row.sessionId === 'x') t.equal(page.sessionId, row.sessionId)
      for (const path of [
        '/api/sessions?messageLimit=20',
        '/api/sessions/agent%3Amain%3Ax',
        '/api/capabilities',
      ])
        t.notMatch((await get(path)).text, SECRET)
    })
  }
})

const STORES: Record<string, string> = {
  broken: '{"agent:main:x": {',
  'half-written': entry().slice(0, 40),
  null: 'null',
  'an array': '[]',
  'a number': '7',
  'very deep': `${'{"a":'.repeat(100_000)}1`,
  empty: '',
}

t.test('a store that cannot be read at start is no empty 200 without a word', async (t) => {
  for (const [what, text] of Object.entries(STORES)) {
    await t.test(what, async (t) => {
      const { start } = await serve(t, text)
      const { get } = await start()
      const { status, text: body } = await get('/api/sessions')
      if (status === 503) return t.match(JSON.parse(body), { error: { code: 'sources_down' } })
      t.match(JSON.parse(body), {
        sessions: [],
        sources: [{ status: /degraded|down/, message: /./ }],
      })
    })
  }
})

t.test('a store that breaks keeps its last good rows, and says so', async (t) => {
  const { folder, store, start } = await serve(t, entry())
  const { list } = await start()
  t.match(await list(), { count: 1, sources: [{ status: 'ok' }] })
  const until = async (status: string) => {
    let answer = await list()
    while (answer.sources[0]?.status !== status) answer = await list()
    return answer
  }
  for (const [what, text] of Object.entries(STORES)) {
    await replace(store, folder, text)
    t.match(
      await beforeDeadline(until('degraded'), what),
      { sessions: [{ key: 'agent:main:x' }] },
      what,
    )
    await replace(store, folder, entry())
    await beforeDeadline(until('ok'), `${what}, repaired`)
  }
  await rm(store)
  t.match(await beforeDeadline(until('degraded'), 'gone'), { count: 1 })
})

/** As the gateway writes: whole or not at all. */
async function replace(store: string, folder: string, text: string): Promise<void> {
  const temporary = join(folder, 'sessions.json.tmp')
  await writeFile(temporary, text)
  await rename(temporary, store)
}
