import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { BundleRequest } from '../../../../src/contract/bundle.js'
import { FIXTURE_5 } from '../../../cli/directory.js'
import { open } from '../state-dir.js'

const KEY = 'agent:research:explicit:explicit-lab-1'
const SESSIONS = 'agents/research/sessions'

/** A copy of a real state directory with recordings, its store, and a workspace. */
async function scene(t: Test) {
  const dir = t.testdir({ ws: {} })
  const [state, workspace] = [join(dir, 'state'), join(dir, 'ws')]
  await cp(FIXTURE_5, state, { recursive: true })
  const { store, view } = open(t, state, { homeDir: dir })
  await view.until('all sessions', ({ sessions }) => sessions.has(KEY))
  const write = (request: Partial<BundleRequest> = {}, key = KEY) =>
    store.writeBundle(view.get(key), { workspace, ...request })
  return { dir, state, workspace, write, file: (name: string) => join(state, SESSIONS, name) }
}

interface Event {
  readonly source: 'runtime' | 'transcript'
  readonly type: string
  readonly ts: string
  readonly seq: number
  readonly sourceSeq: number
}

const eventsIn = async (folder: string): Promise<Event[]> =>
  (await readFile(join(folder, 'events.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

t.test('recording and transcript in one order, and what they add up to', async (t) => {
  const { dir, write } = await scene(t)
  const summary = await write({ output: 'a' })
  t.match(summary, {
    displayPath: '.openclaw/trajectory-exports/a',
    sessionId: 'explicit-lab-1',
    eventCount: 12,
    runtimeEventCount: 7,
    transcriptEventCount: 5,
  })
  const events = await eventsIn(summary.outputDir)
  t.strictSame(
    events.map(({ seq }) => seq),
    events.map((_event, at) => at + 1),
  )
  t.strictSame(
    events.map(({ ts }) => ts),
    events.map(({ ts }) => ts).toSorted(),
  )
  for (const source of ['runtime', 'transcript'] as const) {
    const seqs = events.filter((event) => event.source === source).map((event) => event.sourceSeq)
    t.strictSame(
      seqs,
      seqs.map((_seq, at) => at + 1),
      source,
    )
  }
  for (const name of summary.files) {
    const path = join(summary.outputDir, name)
    t.equal((await stat(path)).mode & 0o777, 0o600, name)
    t.notMatch(await readFile(path, 'utf8'), dir, `${name} names no place of this machine`)
  }
  t.strictSame((await readdir(summary.outputDir)).sort(), [...summary.files].sort())
})

t.test('the manifest lists every other file with its bytes', async (t) => {
  const { write } = await scene(t)
  const { files, outputDir } = await write({ output: 'a' })
  const manifest = JSON.parse(await readFile(join(outputDir, 'manifest.json'), 'utf8'))
  t.match(manifest, {
    workspaceDir: '$WORKSPACE_DIR',
    leafId: 'aca36401',
    sourceFiles: {
      session: `$OPENCLAW_STATE_DIR/${SESSIONS}/explicit-lab-1.jsonl`,
      runtime: `$OPENCLAW_STATE_DIR/${SESSIONS}/explicit-lab-1.trajectory.jsonl`,
    },
    supplementalFiles: ['metadata.json', 'artifacts.json', 'prompts.json'],
  })
  const contents: { path: string; bytes: number }[] = manifest.contents
  t.strictSame(
    contents.map(({ path }) => path).sort(),
    files.filter((name) => name !== 'manifest.json').sort(),
  )
  for (const { bytes, path } of contents)
    t.equal(bytes, (await stat(join(outputDir, path))).size, path)
})

t.test('without a recording, what the transcript tells', async (t) => {
  const { file, write } = await scene(t)
  await writeFile(file('explicit-lab-1.trajectory.jsonl'), '')
  const { files, outputDir, ...counts } = await write({ output: 'a' })
  t.match(counts, { eventCount: 5, runtimeEventCount: 0, transcriptEventCount: 5 })
  t.strictSame(files, ['manifest.json', 'events.jsonl', 'session-branch.json'])
  t.strictSame(
    new Set((await eventsIn(outputDir)).map(({ source }) => source)),
    new Set(['transcript']),
  )
})

t.test(
  'a recording that a pointer names is exported, a lying pointer is not followed',
  async (t) => {
    const { dir, file, write } = await scene(t)
    const recorded = await readFile(file('explicit-lab-1.trajectory.jsonl'), 'utf8')
    const point = async (name: string, text: string) => {
      const runtimeFile = join(dir, name)
      await writeFile(runtimeFile, text)
      const pointer = {
        traceSchema: 'openclaw-trajectory-pointer',
        schemaVersion: 1,
        sessionId: 'explicit-lab-1',
        runtimeFile,
      }
      await writeFile(file('explicit-lab-1.trajectory-path.json'), JSON.stringify(pointer))
    }
    const runtimeOf = async (output: string) =>
      JSON.parse(await readFile(join((await write({ output })).outputDir, 'manifest.json'), 'utf8'))
        .sourceFiles.runtime
    await point('explicit-lab-1.jsonl', recorded)
    t.equal(await runtimeOf('a'), '~/explicit-lab-1.jsonl')
    await point('explicit-lab-1.jsonl', recorded.replaceAll('explicit-lab-1', 'explicit-lab-2'))
    t.match(await runtimeOf('b'), /^\$OPENCLAW_STATE_DIR/)
    await point('secrets.jsonl', recorded)
    t.match(await runtimeOf('c'), /^\$OPENCLAW_STATE_DIR/)
  },
)

t.test('broken rows are named and left out', async (t) => {
  const { file, write } = await scene(t)
  const path = file('explicit-lab-1.trajectory.jsonl')
  await writeFile(path, `{"torn\n{"a":1}\n${await readFile(path, 'utf8')}{"sess`)
  const { outputDir, runtimeEventCount } = await write({ output: 'a' })
  t.equal(runtimeEventCount, 7)
  t.match(JSON.parse(await readFile(join(outputDir, 'manifest.json'), 'utf8')).warnings, [
    { source: 'runtime', code: 'invalid-runtime-json', count: 2, rows: [1, 10] },
    { source: 'runtime', code: 'invalid-runtime-event', count: 1, rows: [2] },
  ])
})

t.test('of damaged rows the whole records are exported', async (t) => {
  const { file, write } = await scene(t)
  const path = file('explicit-lab-1.trajectory.jsonl')
  const before = await readFile(path, 'utf8')
  const [first = '', second = '', ...rest] = before.split('\n')
  const nuls = '\0'.repeat(9000)
  const text = [`${nuls}${first}${nuls}`, `${first.slice(0, 90)}${second}`, nuls, ...rest]
  await writeFile(path, text.join('\n'))
  const { outputDir, runtimeEventCount } = await write({ output: 'a' })
  t.equal(runtimeEventCount, 7)
  t.match(JSON.parse(await readFile(join(outputDir, 'manifest.json'), 'utf8')).warnings, [
    { source: 'runtime', code: 'invalid-runtime-json', count: 1, rows: [2] },
  ])
})

t.test('the name of its own, and no second bundle of a name', async (t) => {
  const { write } = await scene(t)
  const { displayPath } = await write()
  t.match(
    displayPath,
    /^\.openclaw\/trajectory-exports\/openclaw-trajectory-explicit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/,
  )
  await write({ output: 'twice' })
  await t.rejects(write({ output: 'twice' }), {
    code: 'impossible_state',
    message: '.openclaw/trajectory-exports/twice is there already: choose another output.',
  })
})

t.test('a session without a transcript has no bundle', async (t) => {
  const { workspace, write } = await scene(t)
  await t.rejects(write({}, 'agent:research:crash2'), {
    code: 'impossible_state',
    message: /has no transcript to export/,
  })
  t.strictSame(await readdir(workspace), [])
})
