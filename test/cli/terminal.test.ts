import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { widthOf } from '../../src/surfaces/cli/fit.js'
import { quoted } from '../../src/surfaces/cli/shell.js'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'
import { ownDirectory, reading } from './directory.js'
import { ROOT, Service } from './process.js'

const SCRIPT = '/usr/bin/script'
const skip = existsSync(SCRIPT) ? false : 'util-linux is not here: nothing makes a terminal'

/** The program on a terminal of its own, as util-linux makes one. */
class OnTerminal {
  shown = ''
  readonly child: ChildProcess
  readonly exit: Promise<unknown>

  constructor(t: Test, args: readonly string[], columns: number, env: Record<string, string> = {}) {
    const words = [process.execPath, join(ROOT, 'dist/surfaces/cli/main.js'), ...args]
      .map(quoted)
      .join(' ')
    const line = `stty cols ${columns} rows 40; exec env -u NODE_OPTIONS ${words}`
    this.child = spawn(SCRIPT, ['-qfec', line, '/dev/null'], {
      env: { PATH: process.env.PATH, HOME: '/nonexistent', TERM: 'xterm-256color', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.shown += text
    })
    this.exit = once(this.child, 'close').then(([code]) => code)
    t.teardown(() => this.child.kill('SIGKILL'))
  }
}

t.test('a table fits the terminal, in colours', { skip }, async (t) => {
  for (const columns of [72, 100]) {
    const list = new OnTerminal(t, ['list', '--all-agents', ...reading(t)], columns)
    t.equal(await list.exit, 0)
    const lines = list.shown.trimEnd().split('\r\n')
    const keys = lines.filter((line) => /^ {2}agent:\S+$/.test(line))
    t.equal(keys.length, 10, 'whole keys, each on a line of its own')
    for (const line of lines.filter((line) => !keys.includes(line)))
      t.ok(widthOf(line) <= columns, line)
    t.ok(list.shown.includes('\u001b[31mstuck'), 'what is wrong is red')
  }
})

t.test('kill asks whoever sits there', { skip }, async (t) => {
  const env = { TMPDIR: ownFolder(t), SESSIONS_API_DEMO_STEP_MS: '500' }
  const service = await Service.start(t, env, ['serve', '--demo'])
  const kill = ['kill', 'agent:main:main', '--url', service.url, '--token', service.token]
  for (const [answer, code, says] of [
    ['n\n', 1, /Not confirmed: nothing was done/],
    ['y\n', 0, /agent:main:main +\S*(killed|no_active_run)/],
  ] as const) {
    const program = new OnTerminal(t, kill, 120)
    await until(() => program.shown.includes('Kill the runs of agent:main:main? [y/N]'))
    program.child.stdin?.write(answer)
    t.equal(await program.exit, code)
    t.match(program.shown, says)
  }
})

t.test(
  'each question ends quietly: at a no, at the end of the input, at Ctrl-C',
  { skip },
  async (t) => {
    const questions: readonly (readonly string[])[] = [
      ['kill', 'agent:main:main'],
      ['delete', 'agent:main:locktest'],
      ['compact', 'agent:main:main', '--max-lines', '10'],
    ]
    for (const words of questions)
      for (const [name, typed, code, after] of [
        ['no', 'n\n', 1, /^\S*error:\S* Not confirmed: nothing was done\.$/],
        ['Enter', '\n', 1, /^\S*error:\S* Not confirmed: nothing was done\.$/],
        ['Ctrl-D', '\u0004', 1, /^\S*error:\S* Not confirmed: nothing was done\.$/],
        ['Ctrl-C', '\u0003', 130, /^$/],
      ] as const) {
        const { flags, state } = await ownDirectory(t)
        const before = await filesOf(state)
        const program = new OnTerminal(t, [...words, ...flags], 120)
        await until(() => program.shown.includes('? [y/N] '))
        program.child.stdin?.write(typed)
        t.equal(await program.exit, code, `${words[0]}: ${name}`)
        const said = program.shown.split('? [y/N] ').at(-1) ?? ''
        const lines = said.split(/\r?\n/).slice(1)
        t.match(lines[0], after, `${words[0]}: ${name} ${JSON.stringify(said)}`)
        t.notMatch(program.shown, /^ +at |Error/m, 'no stack')
        t.strictSame(await filesOf(state), before, 'nothing was done')
      }
  },
)

t.test('a cut that was confirmed is made', { skip }, async (t) => {
  const { flags } = await ownDirectory(t)
  const cut = ['compact', 'agent:main:main', '--max-lines', '10', ...flags]
  const program = new OnTerminal(t, cut, 120)
  await until(
    () => program.shown.includes('Cut agent:main:main to its newest 10 lines? [y/N]'),
    20_000,
  )
  program.child.stdin?.write('y\n')
  t.equal(await program.exit, 0)
  t.match(program.shown, /agent:main:main has 10 lines now/)
})

/** Every file below a folder, with its text. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const texts = paths.sort().map(async (path) => [path, await readFile(path, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(texts))
}

t.test('serve shows its screen first, then the log, readable', { skip }, async (t) => {
  const serve = ['serve', '--demo', '--port', '0', '--log-level', 'debug']
  const env = { SESSIONS_API_HOSTT: 'a setting that is none, which is warned of' }
  const program = new OnTerminal(t, serve, 120, { TMPDIR: ownFolder(t), ...env })
  await until(() => / ready url=/.test(program.shown))
  program.child.stdin?.write('\u0003')
  t.equal(await program.exit, 0)
  t.match(program.shown, /^\S*openclaw-sessions \d/, 'nothing comes before it')
  const [, log = ''] = program.shown.split(/Ctrl-C stops the service\.\S*\r\n/)
  const lines = log.trimEnd().split('\r\n')
  t.ok(lines.some((line) => /WARN .* SESSIONS_API_HOSTT is not a setting/.test(line)))
  for (const line of lines.filter((line) => line !== '^C'))
    t.match(line, /^(\^C)?\S*\d\d:\d\d:\d\d\S* \S*(DEBUG|INFO |WARN |ERROR)/)
  t.notMatch(log, /^\{/m)
})

t.test('serve says why it does not start, with its log', { skip }, async (t) => {
  const program = new OnTerminal(t, ['serve', '--state-dir', '/nonexistent'], 120)
  t.equal(await program.exit, 2)
  t.match(program.shown, /^\S*error:\S* OPENCLAW_STATE_DIR: \/nonexistent does not exist/)
})

t.test('list --watch draws anew after a change', { skip }, async (t) => {
  const env = { TMPDIR: ownFolder(t), SESSIONS_API_DEMO_STEP_MS: '200' }
  const service = await Service.start(t, env, ['serve', '--demo'])
  const flags = ['--url', service.url, '--token', service.token]
  const watch = new OnTerminal(t, ['list', '--watch', ...flags], 120)
  await until(() => watch.shown.split('\u001b[H\u001b[2J').length > 3)
  watch.child.stdin?.write('\u0003')
  t.equal(await watch.exit, 0, 'Ctrl-C ends it')
})
