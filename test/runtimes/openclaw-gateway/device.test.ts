import { createHash, createPublicKey, verify } from 'node:crypto'
import t from 'tap'
import { Device } from '../../../src/runtimes/openclaw-gateway/device.js'

const seed = Uint8Array.from({ length: 32 }, (_, at) => at)
const claims = {
  clientId: 'gateway-client',
  clientMode: 'backend',
  role: 'operator',
  scopes: ['operator.read', 'operator.admin'],
  token: 'secret',
  nonce: 'n1',
  signedAtMs: 1_795_234_180_956,
}

t.test('a proof that anybody can check', async (t) => {
  const device = new Device(seed)
  const proof = device.prove(claims)
  const raw = Buffer.from(proof.publicKey, 'base64url')
  t.equal(proof.id, createHash('sha256').update(raw).digest('hex'))
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: proof.publicKey },
    format: 'jwk',
  })
  const said = `v2|${proof.id}|gateway-client|backend|operator|operator.read,operator.admin|1795234180956|secret|n1`
  t.ok(verify(null, Buffer.from(said), key, Buffer.from(proof.signature, 'base64url')))
})

t.test('the key of RFC 8032 §7.1, test 1', async (t) => {
  const known = Buffer.from(
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'hex',
  )
  const { publicKey } = new Device(known).prove(claims)
  t.equal(
    Buffer.from(publicKey, 'base64url').toString('hex'),
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  )
})

t.test('the same seed is the same device', async (t) => {
  t.equal(new Device(seed).id, new Device(seed).id)
  t.not(new Device(seed).id, new Device(new Uint8Array(32)).id)
})
