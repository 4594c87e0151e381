import { connect, type Socket } from 'node:net'

/** Statuses of answers by number of times; each unexpected one with the start of what it said. */
export interface Answers {
  readonly statuses: Record<string, number>
  readonly unexpected: string[]
}

/** Samples of unexpected answers that are kept. */
const MAX_SAMPLES = 20
/** Errors that a service of files alone may give: what it cannot do, and what cannot be done or read right now. */
const EXPECTED =
  /"code":\s*"(not_supported|unavailable|no_runtime|sources_down|source_unreadable|control_unverified)"/

/** A socket that takes whatever comes and notes the statuses in it. */
export class RawSocket {
  readonly socket: Socket
  /** Answers so far. */
  answered = 0
  closed = false
  #wake: () => void = () => {}

  constructor(port: number, { statuses, unexpected }: Answers) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
    this.socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      for (const { 1: status = '', index } of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        this.answered += 1
        statuses[status] = (statuses[status] ?? 0) + 1
        const said = text.slice(index, index + 2000)
        if (status.startsWith('5') && !EXPECTED.test(said) && unexpected.length < MAX_SAMPLES)
          unexpected.push(said)
      }
      this.#wake()
    })
  }

  write(bytes: Buffer): void {
    if (!this.closed) this.socket.write(bytes)
  }

  /** Resolves once so many answers came, the server has closed, or the time is over. */
  async answers(count: number, limitMs: number): Promise<void> {
    const deadline = performance.now() + limitMs
    while (this.answered < count && !this.closed && performance.now() < deadline)
      await this.news(deadline - performance.now())
  }

  /** Resolves at the next bytes or the close; at the latest after so long. */
  news(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.closed) return resolve()
      const timer = setTimeout(resolve, limitMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
