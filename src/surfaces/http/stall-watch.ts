import type { Socket } from 'node:net'

/** Looks within the limit: who stalls is ended at most a tenth of it too late. */
const LOOKS = 10

interface Watched {
  readonly socket: Socket
  readonly onStalled: () => void
  accepted: number
  queued: number
  sinceMs: number
  /** Looks since then. */
  looks: number
}

/**
 * Ends sockets whose peer accepts nothing of what waits for it. The socket's own timer cannot: each write begins it anew,
 * and so does the first look at a large write that is under way.
 */
export class StallWatch {
  readonly #limitMs: number
  readonly #clock: () => number
  readonly #watched = new Set<Watched>()
  #timer: NodeJS.Timeout | null = null

  /** `clock` never goes back. Default: monotonic. */
  constructor(limitMs: number, clock: () => number = () => performance.now()) {
    this.#limitMs = limitMs
    this.#clock = clock
  }

  /** Until the returned function is called; `onStalled` is called once. */
  add(socket: Socket, onStalled: () => void): () => void {
    const watched = { socket, onStalled, ...takenBy(socket), sinceMs: this.#clock(), looks: 0 }
    this.#watched.add(watched)
    this.#timer ??= setInterval(() => this.look(), this.#limitMs / LOOKS).unref()
    return () => this.#remove(watched)
  }

  /** Looks at all of them; the timer does it by itself. */
  look(): void {
    const nowMs = this.#clock()
    for (const watched of this.#watched) {
      const moved = hasMoved(watched)
      watched.looks = moved ? 0 : watched.looks + 1
      if (moved) watched.sinceMs = nowMs
      // While this process was busy nobody could accept anything: time alone says nothing.
      if (watched.looks < LOOKS || nowMs - watched.sinceMs < this.#limitMs) continue
      this.#remove(watched)
      watched.onStalled()
    }
  }

  #remove(watched: Watched): void {
    this.#watched.delete(watched)
    if (this.#watched.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}

/** True when nothing waits, or something of it was accepted since the last look. What we write is no sign of life. */
function hasMoved(watched: Watched): boolean {
  const { accepted, queued } = takenBy(watched.socket)
  const moved = accepted > watched.accepted || queued < watched.queued
  watched.accepted = accepted
  watched.queued = queued
  return moved || watched.socket.writableLength === 0
}

/** Bytes of the writes that are done, and those of the write under way that the system has not taken yet. */
function takenBy(socket: Socket): { accepted: number; queued: number } {
  // Node tells of progress inside one write nowhere else; where it is absent, whole writes count.
  const { _handle: handle } = socket as { _handle?: { readonly writeQueueSize?: number } | null }
  return {
    accepted: socket.bytesWritten - socket.writableLength,
    queued: handle?.writeQueueSize ?? 0,
  }
}
