import { hash, randomBytes } from 'node:crypto'
import type { TokenRecord } from '../contract/state.js'

/** Bytes of randomness in a token: 256 bits, which cannot be guessed at any rate of tries. */
const TOKEN_BYTES = 32
/** Bytes of a record's id: enough that two of them never meet in one file. */
const ID_BYTES = 6

/** A new secret: `ocs_` and 43 characters of base64url. The prefix lets secret scanners find a leaked one. */
export function makeToken(): string {
  return `ocs_${randomBytes(TOKEN_BYTES).toString('base64url')}`
}

/** SHA-256 of a token. A fast hash is right here: the token is random, not a password. */
export function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}

/** What a new record is made of; everything absent means no restriction. */
export type NewToken = Omit<TokenRecord, 'id' | 'sha256' | 'createdAt'>

/** A token and the record to keep of it. The token itself exists nowhere else: show it once. */
export function issueToken(
  wanted: NewToken,
  now = new Date(),
): { token: string; record: TokenRecord } {
  const token = makeToken()
  const record: TokenRecord = {
    id: randomBytes(ID_BYTES).toString('hex'),
    ...wanted,
    createdAt: now.toISOString(),
    sha256: digestOf(token).toString('hex'),
  }
  return { token, record }
}
