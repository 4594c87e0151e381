import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { FIXTURE_5, reading } from './directory.js'
import { run } from './process.js'

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
