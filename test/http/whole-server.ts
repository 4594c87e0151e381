import { createTokenService, issueToken, type NewToken } from '../../src/auth/index.js'
import { parseConfig } from '../../src/config/config.js'
import type { Store } from '../../src/contract/store.js'
import { createSessionManager, type ManagerSettings } from '../../src/core/index.js'
import { createRunRegistry } from '../../src/runtimes/in-process/index.js'
import { createApp } from '../../src/service/app.js'
import { createLog } from '../../src/service/log.js'
import { openDataDirectory } from '../../src/state/index.js'

export interface WholeServerOptions {
  /** Of its own files. */
  readonly directory: string
  /** Of its only user, who may do everything within these limits. */
  readonly token: Omit<NewToken, 'name' | 'scopes'>
  readonly settings: Partial<ManagerSettings>
  /** Environment variables. */
  readonly environment?: Readonly<Record<string, string>>
  /** Of manager and runs, epoch ms. Default: the real one. */
  readonly clock?: () => number
}

export type WholeServer = Awaited<ReturnType<typeof openWholeServer>>

/** The server as `serve` has it, with its ids, hooks and log, over a store of the test's own. Closed by the caller. */
export async function openWholeServer<S extends Store>(
  open: (dataDir: string) => S,
  { clock = Date.now, directory, environment = {}, settings, token: limits }: WholeServerOptions,
) {
  const data = await openDataDirectory(directory)
  const { record, token } = issueToken({ name: 'user', scopes: ['operator.admin'], ...limits })
  await data.records.add(record)
  const auth = await createTokenService(data)
  const store = open(data.path)
  const runs = createRunRegistry({ clock })
  const audit = await data.audit()
  const idempotency = await data.idempotency()
  const version = '0.0.0'
  const manager = createSessionManager({
    ...{ stores: [store], runtime: runs, version, audit, clock, settings },
  })
  const { config } = parseConfig(environment)
  const log = createLog('silent', { write: () => {} })
  const app = createApp({ manager, auth, audit, idempotency }, config, log)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const close = async () => {
    await app.close()
    await manager.close()
    await runs.close()
    await store.close()
    await auth.close()
  }
  return { app, url, store, runs, manager, token, close }
}
