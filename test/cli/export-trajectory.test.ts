import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import t from 'tap'
import { ownFolder } from '../own-folder.js'
import { FIXTURE_5, reading } from './directory.js'
import { Program, run } from './process.js'

const KEY = 'agent:research:explicit:explicit-lab-1'
const EXPORTS = '.openclaw/trajectory-exports'
const COMMAND = ['export-trajectory', '--session-key']

/** Flags for a workspace of the test's own beside the data directory. */
async function scene(t: Parameters<typeof reading>[0]) {
  const flags = reading(t, FIXTURE_5)
  const workspace = join(t.testdirName, 'ws')
  await mkdir(workspace)
  return { workspace, at: ['--workspace', workspace, ...flags] }
}

t.test('a bundle, and what is in it', async (t) => {
  const { at, workspace } = await scene(t)
  const text = await run([...COMMAND, KEY, '--output', 'bug-1', ...at])
  t.match(text, { code: 0, err: '' })
  t.match(text.out, /^Bundle {4}\.openclaw\/trajectory-exports\/bug-1\nSession {3}explicit-lab-1\n/)
  t.match(text.out, /^Events {4}12: 7 recorded, 5 of the transcript$/m)
  const named = ['explicit:explicit-lab-1', '--agent', 'research', '--output', 'bug-2', '--json']
  const json = await run([...COMMAND, ...named, ...at])
  const summary = JSON.parse(json.out)
  t.strictSame(Object.keys(summary), [
    'outputDir',
    'displayPath',
    'sessionId',
    'eventCount',
    'runtimeEventCount',
    'transcriptEventCount',
    'files',
  ])
  t.equal(summary.outputDir, join(workspace, EXPORTS, 'bug-2'))
  t.strictSame((await readdir(summary.outputDir)).sort(), [...summary.files].sort())
  const prompts = JSON.parse(await readFile(join(summary.outputDir, 'prompts.json'), 'utf8'))
  t.match(prompts, { sessionKey: KEY, submittedPrompts: Array, latestSubmittedPrompt: String })
  t.match(await run([...COMMAND, KEY, ...at]), { code: 0, out: /openclaw-trajectory-explicit-20/ })
})

t.test('what does not work is one sentence, and nothing is written', async (t) => {
  const { at, workspace } = await scene(t)
  const refusals: readonly [args: string[], code: number, err: RegExp][] = [
    [[...COMMAND, 'nowhere', ...at], 1, /^error: Session not found: nowhere\n$/],
    [[...COMMAND, KEY, '--output', '../out', ...at], 2, /^error: The output must be .*\n$/],
    [[...COMMAND, KEY, '--output', '/tmp/out', ...at], 2, /^error: The output must be .*\n$/],
    [[...COMMAND, 'agent:research:crash2', ...at], 1, /^error: .* has no transcript .*\n$/],
    [['export-trajectory', ...at], 2, /--session-key/],
    [
      [...COMMAND, KEY, '--url', 'http://127.0.0.1:1', '--workspace', workspace],
      2,
      /^error: --url: .*--state-dir\.\n$/,
    ],
    [
      [...COMMAND, KEY, ...reading(t, FIXTURE_5), '--workspace', '/nonexistent/ws'],
      2,
      /^error: The workspace \/nonexistent\/ws is no folder.*\n$/,
    ],
  ]
  for (const [args, code, err] of refusals) t.match(await run(args), { code, err, out: '' })
})

t.test('a link in the place of the folder of bundles is refused', async (t) => {
  const { at, workspace } = await scene(t)
  await mkdir(join(workspace, 'away'))
  await symlink(join(workspace, 'away'), join(workspace, '.openclaw'))
  const refused = await run([...COMMAND, KEY, '--output', 'a', ...at])
  t.match(refused, { code: 1, out: '', err: /^error: \.openclaw is a link .*: remove it\.\n$/ })
  t.strictSame(await readdir(join(workspace, 'away')), [])
})

const RUNS = 1500
const PROMPT_BYTES = 100_000
/** A node with this program takes some 100 MB; the recording is larger than the rest. */
const MAX_MEMORY_KB = 200_000

t.test('a recording larger than its memory', { skip: process.platform !== 'linux' }, async (t) => {
  const dir = ownFolder(t, { state: { agents: { main: { sessions: {} } } }, data: {}, ws: {} })
  const sessions = join(dir, 'state/agents/main/sessions')
  const entry = { sessionId: 'large', updatedAt: Date.now() }
  await writeFile(join(sessions, 'sessions.json'), JSON.stringify({ 'agent:main:main': entry }))
  await writeFile(join(sessions, 'large.jsonl'), '{"type":"session","version":3,"id":"large"}\n')
  const file = createWriteStream(join(sessions, 'large.trajectory.jsonl'))
  for (let seq = 1; seq <= RUNS; seq++) {
    const event = {
      traceSchema: 'openclaw-trajectory',
      schemaVersion: 1,
      source: 'runtime',
      type: 'prompt.submitted',
      ts: new Date(seq).toISOString(),
      seq,
      sessionId: 'large',
      data: { prompt: `${seq} `.padEnd(PROMPT_BYTES, 'x') },
    }
    if (!file.write(`${JSON.stringify(event)}\n`)) await once(file, 'drain')
  }
  file.end()
  await finished(file)

  const flags = ['--state-dir', join(dir, 'state'), '--data-dir', join(dir, 'data')]
  const place = ['--workspace', join(dir, 'ws'), '--output', 'large', '--json']
  const program = new Program([...COMMAND, 'main', ...place, ...flags])
  let peakKb = 0
  const look = setInterval(async () => {
    const status = await readFile(`/proc/${program.child.pid}/status`, 'utf8').catch(() => '')
    peakKb = Math.max(peakKb, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0))
  }, 50)
  t.match(await program.exit, { code: 0, err: '' })
  clearInterval(look)
  const { eventCount, outputDir } = JSON.parse(program.out)
  t.equal(eventCount, RUNS)
  for (const name of ['events.jsonl', 'prompts.json'])
    t.ok((await stat(join(outputDir, name))).size > RUNS * PROMPT_BYTES, `${name} is whole`)
  t.ok(peakKb > 0 && peakKb < MAX_MEMORY_KB, `it took ${peakKb} KB`)
})
