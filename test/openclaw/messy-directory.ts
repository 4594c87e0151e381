import { randomUUID } from 'node:crypto'
import { cp, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { chat } from '../suites/transcript-text.js'

const FIXTURES = join(import.meta.dirname, '../../fixtures')
const DAY_MS = 86_400_000
/** A gateway that is not running: only privileged processes could listen there. */
const NOBODY = {
  mode: 'local',
  port: 9,
  auth: { mode: 'token', token: 'a-token-of-nobody-0123456789' },
}
/** Where the fixtures were written. */
const RECORDED = '/home/openclaw/.openclaw/agents'
/** The newest row of the fixtures: ages are made from now on, whatever day it is. */
const FIXTURE_NOW_MS = Date.parse('2026-11-21T12:00:00Z')

/**
 * A state directory with both fixtures in it and an agent whose store has everything that maintenance has a rule for.
 * Ages are counted from now.
 */
export async function messyDirectory(stateDir: string): Promise<void> {
  await cp(join(FIXTURES, 'openclaw-2026.4.21'), stateDir, { recursive: true })
  await cp(join(FIXTURES, 'openclaw-2026.5.28/agents'), join(stateDir, 'agents'), {
    recursive: true,
  })
  for (const agent of ['main', 'research', 'work']) await rejuvenate(stateDir, agent)
  await new Mess(join(stateDir, 'agents/messy/sessions')).make()
}

/** Writes `openclaw.json` with a part `session`, for a gateway that is not running. */
export async function configure(stateDir: string, session: object): Promise<void> {
  const list = [{ id: 'main', default: true }, { id: 'messy' }, { id: 'research' }, { id: 'work' }]
  const config = { gateway: NOBODY, agents: { list }, session }
  await writeFile(join(stateDir, 'openclaw.json'), JSON.stringify(config, null, 2))
}

/** Rows keep their distances, and their files theirs. */
async function rejuvenate(stateDir: string, agent: string): Promise<void> {
  const dir = join(stateDir, 'agents', agent, 'sessions')
  const path = join(dir, 'sessions.json')
  // Recorded paths lead to where the files are, as on the machine that wrote them.
  const text = (await readFile(path, 'utf8')).replaceAll(RECORDED, join(stateDir, 'agents'))
  const store = JSON.parse(text)
  const shift = Date.now() - FIXTURE_NOW_MS
  for (const [key, entry] of Object.entries<{ updatedAt?: number }>(store)) {
    if (entry.updatedAt !== undefined) entry.updatedAt += shift
    // This release has no mercy with main sessions, and we have: they are young, and so no matter.
    if (key.endsWith(':main')) entry.updatedAt = Date.now() - 60_000
  }
  await writeFile(path, JSON.stringify(store, null, 2))
  for (const name of await readdir(dir)) await age(join(dir, name), 20)
}

async function age(path: string, days: number): Promise<void> {
  const at = new Date(Date.now() - days * DAY_MS)
  await utimes(path, at, at)
}

interface Row {
  readonly rest: string
  readonly days: number | null
  /** `null`: it never had one. */
  readonly id?: string | null
  /** What its transcript holds; `null`: there is none. */
  readonly text?: string | null
  readonly fields?: object
}

/** Sessions with something odd, and files that nobody means. */
class Mess {
  readonly #dir: string
  readonly #store: Record<string, object> = {}

  constructor(dir: string) {
    this.#dir = dir
  }

  async make(): Promise<void> {
    await mkdir(this.#dir, { recursive: true })
    for (const row of ROWS) await this.#row(row)
    for (const [name, days, bytes] of FILES) await this.#file(name, 'x'.repeat(bytes), days)
    await this.#file('sessions.json', JSON.stringify(this.#store, null, 2), 0)
  }

  async #row({ days, fields, id = randomUUID(), rest, text }: Row): Promise<void> {
    this.#store[`agent:messy:${rest}`] = {
      ...(id === null ? {} : { sessionId: id }),
      ...(days === null ? {} : { updatedAt: Math.round(Date.now() - days * DAY_MS) }),
      ...fields,
    }
    if (id === null || text === null) return
    await this.#file(`${id}.jsonl`, text ?? chat(id, 300), days ?? 1)
    await this.#file(`${id}.trajectory.jsonl`, '{}\n', days ?? 1)
  }

  async #file(name: string, text: string, days: number): Promise<void> {
    const path = join(this.#dir, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    await age(path, days)
  }
}

const SHARED = 'aaaaaaaa-0000-4000-8000-000000000001'
const HEADER = '{"type":"session","version":3,"id":"x","timestamp":"2026-11-01T00:00:00.000Z"}\n'

const ROWS: readonly Row[] = [
  { rest: 'main', days: 0.02 },
  { rest: 'telegram:group:-100', days: 40, fields: { chatType: 'group' } },
  { rest: 'slack:channel:c1:thread:17', days: 45 },
  { rest: 'telegram:group:-100:topic:7', days: 50 },
  { rest: 'direct:alice', days: 3 },
  { rest: 'telegram:direct:bob', days: 41 },
  { rest: 'telegram:work:direct:carol', days: 2 },
  { rest: 'subagent:0b82bedc-3de6-4851-9e08-b11d775bb861', days: 35 },
  { rest: 'cron:nightly', days: 32 },
  { rest: 'hook:deploy', days: 60 },
  { rest: 'acp:1', days: 70 },
  { rest: 'main:heartbeat', days: 80 },
  { rest: 'explicit:lab', days: 31 },
  { rest: 'explicit:model-run-0b82bedc-3de6-4851-9e08-b11d775bb861', days: 2 },
  { rest: 'explicit:fresh', days: 0.01 },
  { rest: 'dashboard:no-transcript', days: 1, text: null },
  { rest: 'dashboard:only-header', days: 1, text: HEADER },
  { rest: 'dashboard:empty-file', days: 1, text: '' },
  { rest: 'dashboard:never-begun', days: 1, id: null },
  { rest: 'dashboard:without-time', days: null },
  { rest: 'shared:one', days: 33, id: SHARED },
  { rest: 'shared:two', days: 0.5, id: SHARED },
  ...Array.from({ length: 12 }, (_, at) => ({ rest: `dashboard:many-${at}`, days: 4 + at })),
]

/** Name, age in days, bytes. */
const FILES: readonly [string, number, number][] = [
  ['bbbbbbbb-0000-4000-8000-000000000001.jsonl', 40, 700],
  ['bbbbbbbb-0000-4000-8000-000000000002.jsonl', 1, 800],
  ['bbbbbbbb-0000-4000-8000-000000000003.jsonl', 0.02, 900],
  ['bbbbbbbb-0000-4000-8000-000000000001.trajectory.jsonl', 40, 300],
  ['bbbbbbbb-0000-4000-8000-000000000001.trajectory-path.json', 40, 30],
  [
    'bbbbbbbb-0000-4000-8000-000000000001.checkpoint.cccccccc-0000-4000-8000-000000000001.jsonl',
    40,
    600,
  ],
  ['bbbbbbbb-0000-4000-8000-000000000004.jsonl.reset.2026-01-02T03-04-05.678Z', 60, 500],
  ['bbbbbbbb-0000-4000-8000-000000000005.jsonl.reset.2099-01-02T03-04-05.678Z', 1, 510],
  ['bbbbbbbb-0000-4000-8000-000000000006.jsonl.deleted.2026-01-02T03-04-05.678Z', 61, 520],
  ['bbbbbbbb-0000-4000-8000-000000000007.jsonl.deleted.2099-01-02T03-04-05.678Z', 1, 530],
  ['bbbbbbbb-0000-4000-8000-000000000008.jsonl.bak.2026-01-02T03-04-05.678Z', 62, 540],
  ['sessions.json.bak.1700000000000', 63, 550],
  ['notes.txt', 64, 560],
]
