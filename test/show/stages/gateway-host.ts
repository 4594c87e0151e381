import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import Fastify from 'fastify'
import type { Cleanup } from '../../cleanup.js'
import type { GatewayProcess } from '../../openclaw/gateway-process.js'
import { until } from '../../until.js'

const CONNECT_MS = 60_000

/** A program that embeds the service over the runtime of a gateway whose store it does not read. */
export interface GatewayHost {
  readonly url: string
  /** Sessions that are to have a row. */
  know(...keys: string[]): void
}

export async function hostOf(
  gateway: GatewayProcess,
  token: string,
  cleanup: Cleanup,
): Promise<GatewayHost> {
  const {
    createSessionManager,
    FULL_GRANT,
    memoryStore,
    openclawGateway,
    openDataDirectory,
    sessionsApi,
  } = await builtPackage()
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-sessions-show-'))
  cleanup.teardown(() => rm(folder, { recursive: true, force: true }))
  const data = await openDataDirectory(folder)
  const runtime = openclawGateway({
    address: async () => gateway.address,
    deviceSeed: () => data.gatewayDevice.read(),
    holds: data.policyHolds,
    version: '0.0.0',
  })
  const store = memoryStore()
  const manager = createSessionManager({ stores: [store], runtime, version: '0.0.0' })
  const app = Fastify()
  await app.register(sessionsApi, {
    manager,
    auth: ({ headers }) => (headers.authorization === `Bearer ${token}` ? FULL_GRANT : null),
  })
  cleanup.teardown(async () => {
    await app.close()
    await manager.close()
    await runtime.close()
    await store.close()
  })
  await until(() => runtime.health().status === 'ok', CONNECT_MS)
  const url = await app.listen({ port: 0 })
  return {
    url,
    know(...keys) {
      for (const key of keys) store.put({ key, sessionId: `id-of-${key.split(':').at(-1)}` })
    },
  }
}

/** What a program gets that imports the package: as built, its workers and its manifest in their places. */
function builtPackage(): Promise<typeof import('../../../src/index.js')> {
  return import(pathToFileURL(resolve('dist/index.js')).href)
}
