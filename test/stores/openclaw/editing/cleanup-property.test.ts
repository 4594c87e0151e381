import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { CleanupRequest } from '../../../../src/contract/cleanup.js'
import { FULL_GRANT } from '../../../../src/contract/grant.js'
import { createSessionManager } from '../../../../src/core/index.js'
import { openclawFiles } from '../../../../src/stores/openclaw/index.js'
import { searches } from '../../../searches.js'
import { chat } from '../../../suites/transcript-text.js'
import { StateDir } from '../state-dir.js'

const DAY_MS = 86_400_000

/** A session id, by number; some are no UUID. */
const idOf = (n: number) =>
  n % 5 === 4 ? `explicit-lab-${n}` : `00000000-0000-4000-8000-00000000000${n}`

const TIME = '2025-11-21T04-26-06.320Z'

/** The names that OpenClaw gives to files of a session. `is`: what a removed session leaves as an archive. */
const FORMS = [
  { of: (id: string) => `${id}.jsonl`, is: 'transcript' },
  { of: (id: string) => `${id}-topic-7.jsonl`, is: 'transcript' },
  { of: (id: string) => `${id}-topic-1700000000.000100.jsonl`, is: 'transcript' },
  { of: (id: string) => `${id}.trajectory.jsonl`, is: 'other' },
  { of: (id: string) => `${id}-topic-7.trajectory-path.json`, is: 'other' },
  {
    of: (id: string) => `${id}.checkpoint.26a38b5c-824f-4d69-a76b-da8306048204.jsonl`,
    is: 'other',
  },
  { of: (id: string) => `${id}.jsonl.bak.${TIME}`, is: 'other' },
  { of: (id: string) => `${id}-topic-7.jsonl.reset.${TIME}`, is: 'other' },
  { of: (id: string) => `${id}.jsonl.deleted.${TIME}`, is: 'other' },
] as const

/** The names that others give. */
const FOREIGN = [
  'my-backup.jsonl',
  'x (conflicted copy).jsonl',
  '._x.jsonl',
  `._${idOf(1)}.jsonl`,
  `${idOf(1)} (conflicted copy).jsonl`,
  `${idOf(2)}.jsonl~`,
  `${idOf(2)}.jsonl.orig`,
  `.${idOf(2)}.jsonl.swp`,
  `${idOf(3)}.sync-conflict-20261121-042606-ABCDEFG.jsonl`,
  'explicit-other.jsonl',
  'sessions (copy).json',
  'notes.txt',
]

const SESSION = fc.record({
  id: fc.nat(8),
  days: fc.integer({ min: 0, max: 60 }),
  /** What the entry records of its transcript. */
  recorded: fc.option(fc.nat(2)),
})

const DIRECTORY = fc.record({
  sessions: fc.uniqueArray(SESSION, { selector: ({ id }) => id, maxLength: 6 }),
  files: fc.uniqueArray(
    fc.record({ id: fc.nat(9), form: fc.nat(FORMS.length - 1), days: fc.constantFrom(0, 20, 90) }),
    { selector: ({ form, id }) => `${id} ${form}`, maxLength: 14 },
  ),
  foreign: fc.uniqueArray(fc.nat(FOREIGN.length - 1), { maxLength: 5 }),
  maxEntries: fc.constantFrom(1, 3, 500),
  maxDiskBytes: fc.option(fc.constantFrom(1, 2000, 100_000)),
  request: fc.record({
    enforce: fc.boolean(),
    fixMissing: fc.boolean(),
    fixDmScope: fc.boolean(),
    age: fc.option(fc.constantFrom('1h', '10d'), { nil: undefined }),
  }),
})

/** A session without a UUID whose only transcript is of a thread. */
const THREAD_OF_A_PLAIN_ID: Directory = {
  sessions: [{ id: 4, days: 1, recorded: null }],
  files: [{ id: 4, form: 1, days: 0 }],
  foreign: [],
  maxEntries: 1,
  maxDiskBytes: null,
  request: { enforce: false, fixMissing: false, fixDmScope: false, age: '1h' },
}

type Directory = typeof DIRECTORY extends fc.Arbitrary<infer T> ? T : never

async function lay(dir: StateDir, directory: Directory): Promise<Map<string, string>> {
  const { files, foreign, maxDiskBytes, maxEntries, sessions } = directory
  const maintenance = { maxEntries, ...(maxDiskBytes === null ? {} : { maxDiskBytes }) }
  await dir.write('openclaw.json', JSON.stringify({ session: { maintenance } }))
  const store = Object.fromEntries(
    sessions.map(({ days, id, recorded }) => [
      `agent:main:chat-${id}`,
      {
        sessionId: idOf(id),
        updatedAt: Date.now() - days * DAY_MS,
        ...(recorded === null ? {} : { sessionFile: `/old/${FORMS[recorded]?.of(idOf(id))}` }),
      },
    ]),
  )
  await dir.store('main', store)
  const laid = new Map<string, string>()
  const put = async (name: string, days: number) => {
    const text = chat(name, 2)
    laid.set(name, text)
    await writeFile(dir.file('main', name), text)
    const at = new Date(Date.now() - days * DAY_MS)
    await utimes(dir.file('main', name), at, at)
  }
  for (const { days, form, id } of files) await put(FORMS[form]?.of(idOf(id)) as string, days)
  for (const n of foreign) await put(FOREIGN[n] as string, 90)
  return laid
}

async function cleanUp(dir: StateDir, request: Directory['request']): Promise<void> {
  const store = openclawFiles({ stateDir: dir.root, homeDir: dir.root, useNotification: false })
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0' })
  try {
    const { age, ...rest } = request
    const asked = { ...rest, dryRun: false, ...(age === undefined ? {} : { age }) }
    await manager.cleanup(CleanupRequest.parse(asked), FULL_GRANT)
  } finally {
    await manager.close()
    await store.close()
  }
}

t.test(
  'of any directory, cleanup keeps what belongs to a listed session and what is not its own',
  async (t) => {
    const root = t.testdir()
    let runs = 0
    await fc.assert(
      fc.asyncProperty(DIRECTORY, async (directory) => {
        const dir = new StateDir(`${root}/${runs++}`)
        const laid = await lay(dir, directory)
        await cleanUp(dir, directory.request)
        const listed = JSON.parse(await readFile(dir.file('main', 'sessions.json'), 'utf8'))
        const ids = new Set(
          Object.values<{ sessionId: string }>(listed).map((one) => one.sessionId),
        )
        const left = await readdir(dirname(dir.file('main', 'x')))
        const isKept = async (name: string) =>
          left.includes(name) && (await readFile(dir.file('main', name), 'utf8')) === laid.get(name)
        for (const n of directory.foreign)
          if (!(await isKept(FOREIGN[n] as string))) throw new Error(`${FOREIGN[n]} is not ours`)
        const removed = new Set(
          directory.sessions.map(({ id }) => idOf(id)).filter((id) => !ids.has(id)),
        )
        for (const { form, id } of directory.files) {
          const { is, of } = FORMS[form] as (typeof FORMS)[number]
          const name = of(idOf(id))
          if (ids.has(idOf(id)) && !(await isKept(name))) throw new Error(`${name} is of a session`)
          const isArchived = directory.maxDiskBytes === null && !directory.request.fixMissing
          if (!removed.has(idOf(id)) || is !== 'transcript' || !isArchived) continue
          const archive = left.find((one) => one.startsWith(`${name}.deleted.2`))
          const text =
            archive === undefined ? null : await readFile(dir.file('main', archive), 'utf8')
          if (text !== laid.get(name)) throw new Error(`${name} is not archived`)
        }
        await rm(dir.root, { recursive: true })
      }),
      { ...searches(60), examples: [[THREAD_OF_A_PLAIN_ID]] },
    )
    t.equal(runs >= 60, true)
  },
)
