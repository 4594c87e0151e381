import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { KindFilter } from '../../src/contract/session.js'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'
import { MAIN, ROOT, run, Service } from './process.js'

/** Keys as strangers may name them: with what shells expand, split at, glob or take for a quote. */
const AWKWARD = [
  'agent:odd:a b',
  'agent:odd:c$(touch pwned)',
  'agent:odd:d`touch pwned`',
  "agent:odd:e'f",
  'agent:odd:g"h',
  'agent:odd:i*[k]?',
  'agent:odd:!room:srv',
  'agent:odd:l;m|n&o',
  'agent:odd:p\\q',
  'agent:odd:r=s~{t,u}',
  'agent:odd:väume#x',
]

async function stateDirectory(state: string, keys: readonly string[]): Promise<string> {
  const entries = keys.map((key, at) => [key, { sessionId: `s${at}`, updatedAt: 1000 + at }])
  for (const agent of new Set(keys.map((key) => key.split(':')[1] ?? ''))) {
    const own = entries.filter(([key]) => String(key).startsWith(`agent:${agent}:`))
    await mkdir(join(state, 'agents', agent, 'sessions'), { recursive: true })
    const path = join(state, 'agents', agent, 'sessions/sessions.json')
    await writeFile(path, JSON.stringify(Object.fromEntries(own)))
  }
  return state
}

/** How each shell starts without settings of its user, and takes the script. */
const SHELLS = {
  bash: ['bash --norc --noprofile -i', '. ./script; echo $$ > pid'],
  zsh: ['zsh -f -i', 'autoload -U compinit; compinit -D; . ./script; echo $$ > pid'],
  fish: ['fish --no-config', '. ./script; echo $fish_pid > pid'],
} as const
type ShellName = keyof typeof SHELLS

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A shell at a terminal. `openclaw-sessions` in it is the built program where it completes; else its words are kept. */
class Typist {
  readonly folder: string
  readonly #child

  constructor(t: Test, shell: ShellName, folder: string) {
    this.folder = folder
    this.#child = spawn('script', ['-qec', SHELLS[shell][0], '/dev/null'], {
      cwd: this.folder,
      env: {
        PATH: `${this.folder}:${process.env.PATH}`,
        HOME: this.folder,
        TERM: 'dumb',
        LANG: 'C.UTF-8',
        OPENCLAW_STATE_DIR: join(folder, 'state'),
      },
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    t.teardown(() => this.#end())
  }

  /** The shell ends with its terminal; its folder may go once it has. */
  async #end(): Promise<void> {
    const path = join(this.folder, 'pid')
    await until(() => existsSync(path))
    const pid = Number(await readFile(path, 'utf8'))
    this.#child.kill('SIGKILL')
    await until(() => !isAlive(pid))
  }

  /** Its folder holds a state directory with these keys. */
  static async at(t: Test, shell: ShellName, keys: readonly string[]): Promise<Typist> {
    const folder = ownFolder(t)
    await stateDirectory(join(folder, 'state'), keys)
    const typist = new Typist(t, shell, folder)
    const program = `#!/bin/sh
[ "$1" = completion-words ] && exec env -u NODE_OPTIONS '${process.execPath}' '${MAIN}' "$@"
for word do printf '%s\\n' "$word"; done > kept && mv kept given
`
    await writeFile(join(typist.folder, 'openclaw-sessions'), program, { mode: 0o755 })
    await writeFile(join(typist.folder, 'script'), (await run(['completion', shell])).out)
    typist.#child.stdin.write(`${SHELLS[shell][1]}\n`)
    return typist
  }

  /** The words that the program is given when Tab, then Enter is pressed behind this. */
  async words(typed: string): Promise<string[]> {
    this.#child.stdin.write(`openclaw-sessions ${typed}\t\n`)
    const path = join(this.folder, 'given')
    await until(() => existsSync(path))
    const words = (await readFile(path, 'utf8')).trimEnd().split('\n')
    await rm(path)
    return words
  }
}

for (const shell of Object.keys(SHELLS) as ShellName[]) {
  const missing = [shell, 'script'].filter((name) => spawnSync('which', [name]).status !== 0)
  const skip = missing.length > 0
  const title = `${shell} at a terminal completes${skip ? ` (skipped: no ${missing.join(', ')} here)` : ''}`
  t.test(title, { skip }, async (t) => {
    const typist = await Typist.at(t, shell, [
      'agent:main:main',
      'agent:main:telegram:group:-100:topic:42',
      'agent:work:main',
      ...AWKWARD,
    ])
    for (const [typed, ...words] of [
      ['cle', 'cleanup'],
      ['list --kind cro', 'list', '--kind', 'cron'],
      ['list --kind cron,ho', 'list', '--kind', 'cron,hook'],
      ['list --agent wo', 'list', '--agent', 'work'],
      ['show agent:main:t', 'show', 'agent:main:telegram:group:-100:topic:42'],
      ['tail --session-key=agent:w', 'tail', '--session-key=agent:work:main'],
      [
        'kill agent:work:main agent:main:te',
        'kill',
        'agent:work:main',
        'agent:main:telegram:group:-100:topic:42',
      ],
      ['doctor --state-dir ./scri', 'doctor', '--state-dir', './script'],
    ] as const)
      t.strictSame(await typist.words(typed), words, typed)
    // fish leaves a quote open, and so the line.
    if (shell !== 'fish')
      t.strictSame(await typist.words("show 'agent:main:te"), [
        'show',
        'agent:main:telegram:group:-100:topic:42',
      ])
    for (const key of AWKWARD) {
      // Where a `!` calls history back, it is typed with a backslash.
      const first = key.charAt(10).replace('!', shell === 'fish' ? '!' : '\\!')
      const typed = `show agent:odd:${first}`
      t.strictSame(await typist.words(typed), ['show', key], key)
    }
    t.notOk(existsSync(join(typist.folder, 'pwned')), 'no key was run')
  })
}

/** What the program answers a shell, of whose words the last is being typed. */
async function offered(
  t: Test,
  env: Record<string, string>,
  ...words: string[]
): Promise<string[]> {
  const { code, err, out } = await run(['completion-words', 'fish', '--', ...words], { env })
  t.equal(err, '', `${words.join(' ')}: nothing is said to who is typing`)
  return code === 0 ? out.split('\n').flatMap((line) => line.split('\t')[0] || []) : ['<files>']
}

t.test('every command, option and value of a fixed set is offered', async (t) => {
  const env = { OPENCLAW_STATE_DIR: await stateDirectory(ownFolder(t), ['agent:main:main']) }
  const { out: help } = await run(['--help'])
  const commands = [
    ...help.matchAll(/^ {2}([a-z-]+)(?:\|\w+)? .*(?:\[options\]|<|\[command|make, show)/gm),
  ]
  const names = commands.map(([, name = '']) => name)
  t.ok(names.length > 15)
  t.strictSame(new Set(await offered(t, env, '')), new Set(names))
  for (const name of names.filter((name) => name !== 'help')) {
    const { out } = await run([name, '--help'])
    const flags = [...out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag)
    t.strictSame(
      new Set((await offered(t, env, name, '--')).filter((word) => word !== '')),
      new Set(flags),
      name,
    )
  }
  t.strictSame(await offered(t, env, 'list', '--kind', ''), KindFilter.options)
  t.strictSame(await offered(t, env, 'tokens', 'create', '--scope', ''), ['read', 'write', 'admin'])
  t.strictSame(await offered(t, env, 'completion', ''), ['bash', 'zsh', 'fish'])
  t.strictSame(await offered(t, env, '--demo', '--por'), ['--port'], 'serve needs no name')
  t.strictSame(await offered(t, env, 'list', '--state-dir', ''), ['<files>'])
  t.strictSame(await offered(t, env, 'list', '--search', ''), [])
  t.strictSame(await offered(t, env, 'kill', '--', '--'), [], 'options end there')
  t.strictSame(await offered(t, env, 'kill', 'agent:main:main', ''), [], 'a key is offered once')
  t.match(await run(['completion', 'tcsh']), { code: 2, err: /bash, zsh, fish/ })
})

t.test('keys and agents of a directory with databases are offered too', async (t) => {
  const env = { OPENCLAW_STATE_DIR: join(ROOT, 'fixtures/openclaw-2026.9.6') }
  t.ok((await offered(t, env, 'show', 'agent:main:m')).includes('agent:main:main'))
  t.ok((await offered(t, env, 'list', '--agent', '')).includes('research'))
})

t.test(
  'keys are those of the directory or the service that is named, and none of one that fails',
  async (t) => {
    const folder = ownFolder(t)
    const one = await stateDirectory(join(folder, 'one'), [
      'agent:one:main',
      'agent:one:\u001b[2Jx',
      'agent:one:a\nb',
    ])
    const two = await stateDirectory(join(folder, 'two'), ['agent:two:main', 'agent:two:other'])
    const service = await Service.start(t, {
      OPENCLAW_STATE_DIR: two,
      SESSIONS_API_DATA_DIR: join(folder, 'data'),
    })
    const env = { OPENCLAW_STATE_DIR: one }
    t.strictSame(
      await offered(t, env, 'show', ''),
      ['agent:one:main'],
      'no key that rewrites a terminal',
    )
    t.strictSame(await offered(t, env, 'show', '--state-dir', two, 'agent:two:o'), [
      'agent:two:other',
    ])
    const asked = ['--url', service.url, '--token', service.token]
    t.strictSame(await offered(t, env, 'show', ...asked, 'agent:two:o'), ['agent:two:other'])
    t.strictSame(await offered(t, env, 'list', ...asked, '--agent', ''), ['two'])
    for (const failing of [
      ['--url', service.url, '--token', 'wrong'],
      ['--url', 'http://127.0.0.1:9'],
      ['--url', 'nonsense'],
      ['--state-dir', '/nonexistent'],
    ])
      t.strictSame(await offered(t, env, 'show', ...failing, ''), [], failing.join(' '))
  },
)
