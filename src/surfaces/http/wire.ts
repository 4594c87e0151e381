import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Frame } from './frame.js'

/**
 * The way to one client of an event stream, once its headers have been sent. Where nothing stands between response and
 * socket, frames go to the socket as chunks made before: the response would wrap each of them anew for each client,
 * which takes half as long again for thousands. Where something does (HTTP/2, HTTP/1.0, an injected request, a response
 * that a host has wrapped), they go the plain way.
 */
export class Wire {
  readonly #to: Socket | ServerResponse
  readonly #form: keyof Frame
  readonly #onDrain: () => void

  /** `onDrain` is called whenever there is room again. */
  constructor(response: ServerResponse, onDrain: () => void) {
    const socket = isBare(response) ? response.socket : null
    this.#to = socket ?? response
    this.#form = socket === null ? 'text' : 'chunk'
    this.#onDrain = onDrain
    this.#to.on('drain', onDrain)
  }

  /** True when nothing more should be sent until there is room. */
  get isFull(): boolean {
    return this.#to.writableNeedDrain
  }

  /** False when that was enough. */
  write(frame: Frame): boolean {
    return this.#to.write(frame[this.#form])
  }

  /** What is written meanwhile leaves as one. */
  together(write: () => void): void {
    this.#to.cork()
    write()
    this.#to.uncork()
  }

  close(): void {
    this.#to.off('drain', this.#onDrain)
  }
}

function isBare(response: ServerResponse): boolean {
  return response.chunkedEncoding && response.write === ServerResponse.prototype.write
}
