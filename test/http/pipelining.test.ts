import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { oneAtATime } from '../../src/surfaces/http/pipelining.js'
import { until } from '../until.js'

/** More than the system takes for a client that does not read. */
const LARGE = Buffer.alloc(16 * 1024 * 1024, 'x')

async function serve(t: Test, handle: RequestListener) {
  const server = createServer(oneAtATime(handle)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, open: () => connect(port, '127.0.0.1') }
}

function requests(...paths: string[]): string {
  return paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join('')
}

t.test('a request begins when the one before it on its connection is answered', async (t) => {
  const begun: string[] = []
  const answers: ServerResponse[] = []
  const { open } = await serve(t, ({ url = '' }, response) => {
    begun.push(url)
    answers.push(response)
  })
  const client = open()
  let received = ''
  client.setEncoding('utf8').on('data', (text: string) => {
    received += text
  })
  client.write(requests('/1', '/2', '/3'))
  const other = open()
  other.write(requests('/other'))
  await until(() => begun.length === 2)
  t.same(begun.toSorted(), ['/1', '/other'])
  for (const [at, path] of ['/2', '/3'].entries()) {
    answers[begun.indexOf(at === 0 ? '/1' : '/2')]?.end(`answer ${at + 1}`)
    await until(() => begun.includes(path))
    t.equal(begun.at(-1), path)
  }
  answers[begun.indexOf('/3')]?.end('answer 3')
  await until(() => received.includes('answer 3'))
  t.match(received, /answer 1.*answer 2.*answer 3/s)
  client.destroy()
  other.destroy()
})

t.test('a client that reads nothing has one answer made', async (t) => {
  const begun: string[] = []
  const { open, url } = await serve(t, (request, response) => {
    begun.push(request.url ?? '')
    response.end(request.url === '/large' ? LARGE : 'ok')
  })
  const client = open()
  client.pause()
  client.write(requests(...Array<string>(90).fill('/large')))
  await until(() => begun.length > 0)
  for (let asked = 0; asked < 20; asked++) t.equal(await (await fetch(url)).text(), 'ok')
  t.equal(begun.filter((path) => path === '/large').length, 1)
  client.destroy()
})

t.test('a connection on which more than 100 requests wait is closed', async (t) => {
  const begun: string[] = []
  const { open, url } = await serve(t, ({ url = '' }, response) => {
    begun.push(url)
    if (url === '/') response.end('ok')
  })
  const client = open()
  client.on('error', () => {})
  client.write(requests('/stays', ...Array<string>(2000).fill('/waits')))
  await new Promise((resolve) => client.once('close', resolve))
  t.equal(await (await fetch(url)).text(), 'ok')
  t.same(begun, ['/stays', '/'])
})

t.test('what a client left behind is not begun', async (t) => {
  const begun: string[] = []
  const answers: ServerResponse[] = []
  const { open, url } = await serve(t, ({ url = '' }, response) => {
    begun.push(url)
    if (url === '/') response.end('ok')
    else answers.push(response)
  })
  const client = open()
  client.write(requests('/1', '/2'))
  await until(() => answers.length === 1)
  const [first] = answers
  client.resetAndDestroy()
  await once(first as ServerResponse, 'close')
  first?.end('too late')
  t.equal(await (await fetch(url)).text(), 'ok')
  t.same(begun, ['/1', '/'])
})
