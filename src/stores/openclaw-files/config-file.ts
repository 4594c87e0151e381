import { DEFAULT_CONFIG, type GatewayConfig, parseGatewayConfig } from './gateway-config.js'
import { type FilePlace, pathOf } from './paths.js'
import { type FileVersion, readRegularFile } from './regular-file.js'

/** A configuration is a few KiB; this is not one. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024

/** The gateway's `openclaw.json`, as it was when it could last be read. It may be a link: only the gateway's words are taken from it. */
export class ConfigFile {
  readonly place: FilePlace
  #current: GatewayConfig | null = null
  #broken = false
  #version: FileVersion | null = null

  constructor(place: FilePlace) {
    this.place = place
  }

  /** Defaults while there is none. */
  get current(): GatewayConfig {
    return this.#current ?? DEFAULT_CONFIG
  }

  /** True while there is a configuration to ask. */
  get known(): boolean {
    return this.#current !== null
  }

  /** A sentence while the file is there and cannot be read. */
  get problem(): string | null {
    if (!this.#broken) return null
    const used = this.known ? 'the settings it had last' : 'defaults'
    return `The gateway's openclaw.json cannot be read as JSON5; ${used} are used.`
  }

  get settled(): boolean {
    return this.#version === null || this.#version.settled
  }

  /** Reads what is new; true when it changed. */
  async refresh(): Promise<boolean> {
    const read = await readRegularFile(pathOf(this.place), {
      maxBytes: MAX_CONFIG_BYTES,
      known: this.#version,
      followLinks: true,
    })
    if (read.kind === 'same') return false
    this.#version = read.kind === 'read' ? read.version : null
    if (read.kind === 'read') return this.#take(parseGatewayConfig(read.bytes.toString('utf8')))
    return read.kind === 'failed' && read.code === 'ENOENT' ? this.#forget() : this.#take(null)
  }

  #take(config: GatewayConfig | null): boolean {
    const changed = config !== null || !this.#broken
    this.#broken = config === null
    this.#current = config ?? this.#current
    return changed
  }

  #forget(): boolean {
    const changed = this.#current !== null || this.#broken
    this.#broken = false
    this.#current = null
    return changed
  }
}
