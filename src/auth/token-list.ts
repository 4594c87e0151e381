import { createHash, timingSafeEqual } from 'node:crypto'
import { FULL_GRANT, type Grant, Scope } from '../contract/grant.js'
import { canonicalAgent } from '../contract/key.js'
import type { TokenRecord } from '../contract/state.js'
import { digestOf } from './token.js'

/** A token that is accepted now. The object stays the same for as long as its record does. */
export interface HeldToken {
  readonly grant: Grant
  readonly digest: Buffer
  /** Names this very secret without betraying it: what is signed over it dies when the secret changes. */
  readonly fingerprint: string
  /** The record as text, to tell a changed one from the same one read again. */
  readonly source: string
}

/** What a token of the file may see and do: of several scopes the highest counts. */
export function grantOf(record: TokenRecord): Grant {
  const highest = Scope.options.findLast((scope) => record.scopes.includes(scope))
  return Object.freeze({
    name: record.name,
    tokenId: record.id,
    scope: highest ?? 'operator.read',
    agents: record.agents?.map(canonicalAgent) ?? null,
    sessions: record.sessions?.map((glob) => glob.toLowerCase()) ?? null,
    origins: record.origins ?? [],
    redact: record.redact ?? 'none',
    expiresAt: record.expiresAt === undefined ? null : Date.parse(record.expiresAt),
  })
}

/** All tokens of this process: those of the file, and the admin token it was started with. */
export class TokenList {
  readonly #admin: HeldToken | null
  #held: readonly HeldToken[]
  #origins: readonly string[] = []
  /** Secrets that were proven since the records changed: no more than there are records. Never written anywhere. */
  readonly #proven = new Map<string, HeldToken>()

  constructor(adminToken: string | undefined) {
    this.#admin = adminToken === undefined ? null : heldAdmin(adminToken)
    this.#held = this.#admin === null ? [] : [this.#admin]
  }

  /** Takes over the file's records. Tokens that did not change keep their object. */
  replace(records: readonly TokenRecord[]): void {
    const before = new Map(this.#held.map((token) => [token.source, token]))
    const held = records.map((record) => {
      const source = JSON.stringify(record)
      return before.get(source) ?? heldToken(record, source)
    })
    this.#held = this.#admin === null ? held : [this.#admin, ...held]
    this.#proven.clear()
    this.#origins = [...new Set(records.flatMap((record) => record.origins ?? []))]
  }

  /** The token with this secret, expired or not. */
  find(secret: string): HeldToken | null {
    const known = this.#proven.get(secret)
    if (known !== undefined) return known
    const found = this.#compare(digestOf(secret))
    if (found !== null) this.#proven.set(secret, found)
    return found
  }

  /** Every record is compared, so that time tells nothing of the match. */
  #compare(digest: Buffer): HeldToken | null {
    let found: HeldToken | null = null
    for (const token of this.#held) if (timingSafeEqual(token.digest, digest)) found ??= token
    return found
  }

  byId(tokenId: string): HeldToken | null {
    return this.#held.find((token) => token.grant.tokenId === tokenId) ?? null
  }

  /** True while this very token is accepted. */
  holds(token: HeldToken, nowMs: number): boolean {
    return this.#held.includes(token) && !isExpired(token, nowMs)
  }

  origins(): readonly string[] {
    return this.#origins
  }
}

export function isExpired(token: HeldToken, nowMs: number): boolean {
  return token.grant.expiresAt !== null && token.grant.expiresAt <= nowMs
}

function heldToken(record: TokenRecord, source: string): HeldToken {
  const digest = Buffer.from(record.sha256, 'hex')
  return { grant: grantOf(record), digest, fingerprint: fingerprintOf(digest), source }
}

/** The id follows from the secret: a restart with the same one keeps its cookies and tickets. */
function heldAdmin(secret: string): HeldToken {
  const digest = digestOf(secret)
  const fingerprint = fingerprintOf(digest)
  const grant = { ...FULL_GRANT, name: 'admin', tokenId: `admin-${fingerprint}` }
  return { grant: Object.freeze(grant), digest, fingerprint, source: `admin:${fingerprint}` }
}

function fingerprintOf(digest: Buffer): string {
  return createHash('sha256').update('fingerprint').update(digest).digest('hex').slice(0, 16)
}
