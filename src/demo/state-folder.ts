import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SessionsError } from '../errors.js'

/** Every path of a demo's state directory is built here, from ids that the demo made itself. */
export class StateFolder {
  readonly root: string
  readonly #temporary: boolean

  private constructor(root: string, temporary: boolean) {
    this.root = root
    this.#temporary = temporary
  }

  /** A temporary folder of its own, or the given one, which must be empty: the demo never writes into a real state directory. */
  static async make(root: string | undefined): Promise<StateFolder> {
    if (root === undefined) {
      return new StateFolder(await mkdtemp(join(tmpdir(), 'openclaw-sessions-demo-')), true)
    }
    await mkdir(root, { recursive: true, mode: 0o700 })
    if ((await readdir(root)).length > 0) {
      throw new SessionsError(
        'invalid_setting',
        'The folder given to the demo is not empty: give it an empty one, or none for a temporary one.',
      )
    }
    return new StateFolder(root, false)
  }

  async addAgent(agent: string): Promise<void> {
    await mkdir(join(this.root, 'agents', agent, 'sessions'), { recursive: true, mode: 0o700 })
    await mkdir(this.workspace(agent), { recursive: true, mode: 0o700 })
  }

  get config(): string {
    return join(this.root, 'openclaw.json')
  }

  workspace(agent: string): string {
    return join(this.root, agent === 'main' ? 'workspace' : `workspace-${agent}`)
  }

  store(agent: string): string {
    return join(this.root, 'agents', agent, 'sessions', 'sessions.json')
  }

  /** `topic`: of a threaded session, whose file is named after it. Source: formats 2026.5 §1.6. */
  transcript(agent: string, sessionId: string, topic: string | null): string {
    const name = topic === null ? sessionId : `${sessionId}-topic-${encodeURIComponent(topic)}`
    return join(this.root, 'agents', agent, 'sessions', `${name}.jsonl`)
  }

  /** Name of an archive of a transcript that was reset. Source: formats 2026.4 §1. */
  resetArchive(transcript: string, atMs: number): string {
    return `${transcript}.reset.${new Date(atMs).toISOString().replaceAll(':', '-')}`
  }

  /** Removes a temporary folder; leaves a given one with what is in it. */
  async dispose(): Promise<void> {
    if (this.#temporary) await rm(this.root, { recursive: true, force: true, maxRetries: 3 })
  }
}
