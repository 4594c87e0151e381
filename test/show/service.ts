import { setTimeout as sleep } from 'node:timers/promises'
import { type Session, SessionList } from '../../src/contract/session.js'
import { until } from '../until.js'
import type { ShellEnvironment } from './terminal.js'

/** Between two looks: the service has something else to do. */
const LOOK_MS = 50

/** The service that is shown, asked beside the terminal: only to know when to type the next command. */
export class Service {
  readonly #env: ShellEnvironment

  constructor(env: ShellEnvironment) {
    this.#env = env
  }

  async rows(): Promise<readonly Session[]> {
    const { TOKEN = '', URL: url = '' } = this.#env
    const headers = { authorization: `Bearer ${TOKEN}` }
    const response = await fetch(`${url}/api/sessions?limit=1000`, { headers })
    return SessionList.parse(await response.json()).sessions
  }

  async row(key: string): Promise<Session | undefined> {
    return (await this.rows()).find((row) => row.key === key)
  }

  /** Resolves with whether the row became so in time: what is not so is for a claim to say. */
  async shows(key: string, isSo: (row: Session) => boolean, withinMs: number): Promise<boolean> {
    const looks = async () => {
      await sleep(LOOK_MS)
      const row = await this.row(key)
      return row !== undefined && isSo(row)
    }
    return until(looks, withinMs).then(
      () => true,
      () => false,
    )
  }
}
