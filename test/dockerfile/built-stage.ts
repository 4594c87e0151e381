import { type ChildProcess, spawn } from 'node:child_process'
import { chown, cp, mkdir, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { commandWords, copyWords, type Instruction, type Stage } from './instructions.js'

/** `nobody`: any id that owns nothing here serves. Root would be allowed what the image's user is not. */
const UNPRIVILEGED = 65534

/** Set when the tests run as root; anybody else is unprivileged already. */
const runner =
  process.getuid?.() === 0
    ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED }
    : ({} as { uid?: number; gid?: number })

export interface BuildContext {
  readonly dir: string
  readonly ignored: (path: string) => boolean
  readonly stages: ReadonlyMap<string, BuiltStage>
}

/**
 * A stage built in a folder that stands for the image: its `/app` is `<folder>/app`. What the image's root copies stays
 * root's where the stage has a `USER`, so that a step which writes where that user may not fails here too.
 */
export class BuiltStage {
  readonly #root: string
  readonly #stage: Stage
  readonly #env: Record<string, string> = {}
  #workdir = '/'

  constructor(root: string, stage: Stage) {
    this.#root = root
    this.#stage = stage
  }

  /** Runs every instruction in order; rejects with the output of the first step that fails. */
  async build(context: BuildContext): Promise<void> {
    await this.#makeOwned('/home/node')
    for (const instruction of this.#stage.instructions) await this.#step(instruction, context)
  }

  get user(): string | undefined {
    return this.#last('USER')
  }

  get workdir(): string {
    return this.path(this.#workdir)
  }

  /** Where a path of the image is on this machine. */
  path(imagePath: string): string {
    return join(this.#root, resolve(this.#workdir, imagePath))
  }

  /** Starts the stage's `CMD`. */
  start(env: Record<string, string>): ChildProcess {
    return this.#spawn(commandWords(this.#last('CMD') ?? ''), env)
  }

  /** Exit code of the stage's `HEALTHCHECK`. */
  health(env: Record<string, string>): Promise<number | null> {
    const command = (this.#last('HEALTHCHECK') ?? '').replace(/^(--\S+\s+)*CMD\s+/, '')
    return exitOf(this.#spawn(commandWords(command), env))
  }

  #last(name: string): string | undefined {
    return this.#stage.instructions.findLast((instruction) => instruction.name === name)?.rest
  }

  async #step({ name, rest }: Instruction, context: BuildContext): Promise<void> {
    if (name === 'ENV') this.#setEnv(rest)
    if (name === 'WORKDIR') {
      this.#workdir = resolve(this.#workdir, rest)
      await this.#makeOwned('.')
    }
    if (name === 'COPY') await this.#copy(rest, context)
    if (name === 'RUN') await this.#run(rest)
  }

  #setEnv(rest: string): void {
    const equals = rest.indexOf('=')
    this.#env[rest.slice(0, equals)] = this.#onThisMachine(rest.slice(equals + 1))
  }

  async #makeOwned(imagePath: string): Promise<void> {
    const dir = this.path(imagePath)
    await mkdir(dir, { recursive: true })
    if (this.user === undefined || imagePath.startsWith('/home/')) await this.#own(dir)
  }

  async #copy(rest: string, context: BuildContext): Promise<void> {
    const { options, words } = copyWords(rest)
    const to = words.pop() ?? '.'
    const from = context.stages.get(options.get('from') ?? '')
    for (const word of words) {
      const source = from === undefined ? join(context.dir, word) : from.path(word)
      const target = to.endsWith('/') && word !== '.' ? join(to, basename(word)) : to
      const keep = (path: string) =>
        from !== undefined || !context.ignored(path.slice(context.dir.length))
      await cp(source, this.path(target), { recursive: true, filter: keep, verbatimSymlinks: true })
    }
    if (this.user === undefined) await this.#own(this.workdir)
  }

  async #run(rest: string): Promise<void> {
    const child = this.#spawn(commandWords(this.#onThisMachine(rest)), {})
    let output = ''
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    const exit = await exitOf(child)
    if (exit !== 0) throw new Error(`RUN ${rest} ended with ${exit}:\n${output}`)
  }

  /** Paths of the image inside a command, made paths of this machine. */
  #onThisMachine(text: string): string {
    return text.replace(/(?<![\w.~/])\/(app|home\/node)\b/g, (path) => join(this.#root, path))
  }

  #spawn(words: string[], env: Record<string, string>): ChildProcess {
    const home = join(this.#root, 'home/node')
    // tap loads itself into every Node.js that a test spawns; there it would write into the image's folder and fail.
    return spawn('env', ['-u', 'NODE_OPTIONS', ...words], {
      ...runner,
      cwd: this.workdir,
      env: { ...cleanEnv(), HOME: home, ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  async #own(dir: string): Promise<void> {
    const { uid, gid } = runner
    if (uid === undefined || gid === undefined) return
    await chown(dir, uid, gid)
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }))
      if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), uid, gid)
  }
}

/** What an image would not have: settings of this service and of the npm that runs the tests. */
const cleanEnv = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(SESSIONS_API_|OPENCLAW_|_?TAP|NODE_OPTIONS|npm_(?!config_registry))/.test(name),
    ),
  )

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
