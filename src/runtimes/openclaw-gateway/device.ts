import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'

/** PKCS #8 around the 32 bytes of an Ed25519 seed. Source: RFC 8410 §7. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

/** What is signed of a connection attempt. */
export interface DeviceClaims {
  readonly clientId: string
  readonly clientMode: string
  readonly role: string
  readonly scopes: readonly string[]
  readonly token: string
  readonly nonce: string
  readonly signedAtMs: number
}

/** The `device` of a connect request. */
export interface DeviceProof {
  readonly id: string
  readonly publicKey: string
  readonly signature: string
  readonly signedAt: number
  readonly nonce: string
}

/** This service as a device of a gateway: an Ed25519 key. Source: formats 2026.4 §8. */
export class Device {
  /** SHA-256 of the raw public key, in hex. */
  readonly id: string
  readonly #privateKey: KeyObject
  readonly #publicKey: string

  /** `seed`: 32 secret bytes; the same ones are the same device. */
  constructor(seed: Uint8Array) {
    this.#privateKey = createPrivateKey({
      key: Buffer.concat([PKCS8_HEAD, seed]),
      format: 'der',
      type: 'pkcs8',
    })
    const { x = '' } = createPublicKey(this.#privateKey).export({ format: 'jwk' })
    this.#publicKey = x
    this.id = createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex')
  }

  prove(claims: DeviceClaims): DeviceProof {
    const { clientId, clientMode, nonce, role, scopes, signedAtMs, token } = claims
    const payload = [
      'v2',
      this.id,
      clientId,
      clientMode,
      role,
      scopes.join(','),
      signedAtMs,
      token,
      nonce,
    ].join('|')
    const signature = sign(null, Buffer.from(payload), this.#privateKey).toString('base64url')
    return { id: this.id, publicKey: this.#publicKey, signature, signedAt: signedAtMs, nonce }
  }
}
