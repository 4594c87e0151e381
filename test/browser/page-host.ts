import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'

const EXAMPLES = join(import.meta.dirname, '../../examples')
const FILES: Readonly<Record<string, string>> = {
  '/live-table.html': 'text/html',
  '/live-table.mjs': 'text/javascript',
}

/** Serves the example page from an origin of its own, which is returned; ended with the test. */
export async function hostPage(t: Test): Promise<string> {
  const server = createServer(async ({ url = '' }, response) => {
    const type = FILES[url]
    if (type === undefined) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': type }).end(await readFile(join(EXAMPLES, url)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
