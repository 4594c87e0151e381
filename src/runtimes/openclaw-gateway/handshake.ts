import type { GatewayUrl } from './address.js'
import type { Device } from './device.js'

/** Hold and restore are admin methods of a gateway, abort is a write. */
export const SCOPES = ['operator.read', 'operator.write', 'operator.admin'] as const

/** Gateways take only names of a closed list; this pair is the one for other programs' backends. */
const CLIENT = { id: 'gateway-client', mode: 'backend' } as const
const ROLE = 'operator'

/** Releases from 2026.5 on speak 4, those before speak 3. */
const PROTOCOLS = { minProtocol: 3, maxProtocol: 4 } as const

/** Parameters of `connect`. With a device they are signed over the nonce of the challenge. */
export function connectParams(
  address: GatewayUrl,
  nonce: string,
  device: Device | null,
  version: string,
): Record<string, unknown> {
  const { password, token } = address
  const auth = {
    ...(token === undefined ? {} : { token }),
    ...(password === undefined ? {} : { password }),
  }
  return {
    ...PROTOCOLS,
    client: { ...CLIENT, version, platform: process.platform },
    role: ROLE,
    scopes: SCOPES,
    caps: [],
    ...(Object.keys(auth).length === 0 ? {} : { auth }),
    ...(device === null ? {} : { device: proofOf(device, nonce, token ?? '') }),
  }
}

function proofOf(device: Device, nonce: string, token: string) {
  const { id: clientId, mode: clientMode } = CLIENT
  const signedAtMs = Date.now()
  return device.prove({
    clientId,
    clientMode,
    role: ROLE,
    scopes: SCOPES,
    token,
    nonce,
    signedAtMs,
  })
}
