import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { gatewaySource } from '../src/service/gateway-source.js'

const NOTHING = { gatewayUrl: undefined, gatewayToken: undefined, gatewayPassword: undefined }

async function stateDir(t: Test, text?: string) {
  return t.testdir(text === undefined ? {} : { 'openclaw.json': text })
}

t.test('nothing is set or configured, or it is switched off', async (t) => {
  t.equal(await gatewaySource(NOTHING, await stateDir(t)), null)
  t.equal(await gatewaySource({ ...NOTHING, gatewayUrl: 'off' }, await stateDir(t, '{}')), null)
})

t.test('what openclaw.json says', async (t) => {
  const cases = [
    ['{}', { url: 'ws://127.0.0.1:18789' }],
    [
      "{gateway:{port:1234,auth:{mode:'token',token:'t1'}}}",
      { url: 'ws://127.0.0.1:1234', token: 't1' },
    ],
    [
      "{gateway:{auth:{password:'p1'},tls:{enabled:true}}}",
      { url: 'wss://127.0.0.1:18789', password: 'p1' },
    ],
    [
      `{gateway:{port:'x',auth:{token:'\${TOKEN}'}}}`,
      { url: 'ws://127.0.0.1:18789', token: undefined },
    ],
    [
      '{gateway:{auth:{token:{source:"env",id:"T"}}}}',
      { url: 'ws://127.0.0.1:18789', token: undefined },
    ],
    ['{gateway:null}', { url: 'ws://127.0.0.1:18789' }],
  ] as const
  for (const [text, address] of cases) {
    const find = await gatewaySource(NOTHING, await stateDir(t, text))
    t.match(await find?.(), address, text)
  }
})

t.test('it is looked up anew each time', async (t) => {
  const directory = await stateDir(t, '{gateway:{port:1}}')
  const find = await gatewaySource(NOTHING, directory)
  t.match(await find?.(), { url: 'ws://127.0.0.1:1' })
  await writeFile(join(directory, 'openclaw.json'), '{gateway:{port:2,auth:{token:"new"}}}')
  t.match(await find?.(), { url: 'ws://127.0.0.1:2', token: 'new' })
  await writeFile(join(directory, 'openclaw.json'), '{broken')
  await t.rejects(async () => find?.(), { code: 'no_runtime', message: /repair it/ })
})

t.test('a configured secret does not go to another gateway', async (t) => {
  const directory = await stateDir(t, '{gateway:{auth:{token:"of-this-machine"}}}')
  const gatewayUrl = 'wss://other.example/'
  const find = await gatewaySource({ ...NOTHING, gatewayUrl }, directory)
  t.strictSame(await find?.(), { url: gatewayUrl, token: undefined, password: undefined })
  const given = await gatewaySource({ ...NOTHING, gatewayUrl, gatewayToken: 'its-own' }, directory)
  t.match(await given?.(), { url: gatewayUrl, token: 'its-own' })
})
