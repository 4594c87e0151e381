import { stat } from 'node:fs/promises'
import { GONE, unreadableWords } from '../../../system/unreadable.js'
import { type FilePlace, pathOf } from '../paths.js'
import { DEFAULT_CONFIG, type GatewayConfig, parseGatewayConfig } from './gateway-config.js'
import { type RegularFileVersion, readRegularFile } from './regular-file.js'

/** A configuration is a few KiB; this is not one. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024

const NAME = "The gateway's openclaw.json"

/** The gateway's `openclaw.json`, as it was when it could last be read. It may be a link: only the gateway's words are taken from it. */
export class ConfigFile {
  readonly place: FilePlace
  #current: GatewayConfig | null = null
  #fault: string | null = null
  /** The device that it was read from: on another one, a file that is not there was never looked for. */
  #device: bigint | null = null
  #version: RegularFileVersion | null = null

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
    if (this.#fault === null) return null
    const used = this.known ? 'The settings that it had last' : 'Defaults'
    return `${this.#fault} ${used} are used.`
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
    if (read.kind === 'read') return this.#take(read.bytes.toString('utf8'))
    if (read.kind === 'refused') return this.#fail(`${NAME} ${read.why}: ${read.remedy}.`)
    if (read.code !== 'ENOENT') return this.#fail(unreadableWords(NAME, read.code))
    return (await this.#isFolderGone())
      ? this.#fail(unreadableWords("The folder of the gateway's openclaw.json", GONE))
      : this.#forget()
  }

  async #take(text: string): Promise<boolean> {
    const config = parseGatewayConfig(text)
    if (config === null) return this.#fail(`${NAME} cannot be read as JSON5: correct it.`)
    this.#device = await deviceOf(this.place.dir)
    this.#fault = null
    this.#current = config
    return true
  }

  /** True while what it was read from is unmounted or moved away: then it says nothing of the settings. */
  async #isFolderGone(): Promise<boolean> {
    return this.#device !== null && (await deviceOf(this.place.dir)) !== this.#device
  }

  #fail(fault: string): boolean {
    const changed = this.#fault !== fault
    this.#fault = fault
    return changed
  }

  #forget(): boolean {
    const changed = this.known || this.#fault !== null
    this.#fault = null
    this.#current = null
    return changed
  }
}

async function deviceOf(dir: string): Promise<bigint | null> {
  return stat(dir, { bigint: true }).then(
    ({ dev }) => dev,
    () => null,
  )
}
