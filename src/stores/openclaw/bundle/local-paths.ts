import { type Fields, isFields } from '../format/fields.js'
import { wholePath } from '../paths.js'
import { withoutSecrets } from './secrets.js'
import { shortened, supportText } from './support-text.js'

/** The places of this machine that a bundle does not name. */
export interface LocalPlaces {
  /** Whole paths. */
  readonly workspace: string
  readonly stateDir: string
  readonly home: string
}

interface Prefix {
  readonly path: string
  readonly label: string
}

/** Puts `$WORKSPACE_DIR`, `$OPENCLAW_STATE_DIR` and `~` in the place of paths. The rules are OpenClaw's. */
export class LocalPaths {
  readonly #places: LocalPlaces
  readonly #workspace: RegExp
  /** The longest first. */
  readonly #prefixes: readonly Prefix[]

  constructor(places: LocalPlaces) {
    const { home, stateDir, workspace } = places
    this.#places = places
    this.#workspace = new RegExp(
      `${workspace.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')}(?=$|[\\\\/])`,
      'gu',
    )
    this.#prefixes = [
      { path: stateDir, label: '$OPENCLAW_STATE_DIR' },
      { path: home, label: '~' },
    ].sort((a, b) => b.path.length - a.path.length)
  }

  /** A value with every text of it hidden; names of fields stay. */
  hide(value: unknown): unknown {
    if (typeof value === 'string') return this.hideText(value)
    if (Array.isArray(value)) return value.map((item) => this.hide(item))
    return isFields(value) ? this.hideFields(value) : value
  }

  hideFields(fields: Fields): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, this.hide(value)]),
    )
  }

  /** A text that names a place loses its secrets too, and is cut; any other one stays as it is. */
  hideText(text: string): string {
    const { home, stateDir } = this.#places
    const named = text.replace(this.#workspace, () => '$WORKSPACE_DIR')
    const isLocal =
      named !== text ||
      wholePath(named) !== null ||
      named.includes(stateDir) ||
      named.includes(home)
    return isLocal ? shortened(this.#hidePlaces(supportText(named))) : text
  }

  #hidePlaces(text: string): string {
    const path = wholePath(text)
    if (path === null)
      return this.#prefixes.reduce(
        (left, { label, path }) => left.replaceAll(path, () => label),
        text,
      )
    for (const prefix of this.#prefixes) {
      const rest = path.slice(prefix.path.length)
      if (path.startsWith(prefix.path) && /^(?:[/\\]|$)/.test(rest)) return prefix.label + rest
    }
    return withoutSecrets(path)
  }
}
