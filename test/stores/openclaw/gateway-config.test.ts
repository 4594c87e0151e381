import t from 'tap'
import {
  DEFAULT_CONFIG,
  parseGatewayConfig,
} from '../../../src/stores/openclaw/directory/gateway-config.js'

t.test('reads JSON5 as people write it', async (t) => {
  const config = parseGatewayConfig(`{
    // agents
    agents: { list: [{ id: 'Work' }, { id: 'home', default: true }, { id: 'work' }, {}, null], },
    session: { store: ' ~/s/{agentId}.json ', mainKey: 'Lobby' },
    models: { providers: {
      Mock: { models: [
        { id: 'Mock-1', cost: { input: 1, output: 2.5, cacheRead: 0.1, cacheWrite: -3 } },
        { id: 'free', cost: { input: 0, output: 0 } },
        { id: 'unpriced' }, { cost: { input: 1 } }, 7,
      ] },
      other: { models: [{ id: 'mock-1', cost: { input: 9 } }] },
      __proto__: { models: [{ id: 'x', cost: { input: 1 } }] },
    } },
  }`)
  t.match(config, {
    store: '~/s/{agentId}.json',
    mainKey: 'lobby',
    defaultAgent: 'home',
    agents: ['work', 'home'],
  })
  const first = { input: 1, output: 2.5, cacheRead: 0.1, cacheWrite: 0 }
  t.strictSame(config?.prices.get('mock/mock-1'), first)
  t.strictSame(config?.prices.get('mock-1'), first, 'a bare name has the first price')
  t.match(config?.prices.get('other/mock-1'), { input: 9 })
  t.match(config?.prices.get('mock/free'), { input: 0, output: 0 }, 'a price of 0 is a price')
  t.equal(config?.prices.has('mock/unpriced'), false)
})

t.test('the first agent is the default one when none says so', async (t) => {
  const { defaultAgent } = parseGatewayConfig('{agents:{list:[{id:"b"},{id:"a"}]}}') ?? {}
  t.equal(defaultAgent, 'b')
})

t.test('fields of another type are as good as absent', async (t) => {
  for (const text of [
    '{}',
    '{session:[],agents:7,models:null}',
    '{session:{store:{},mainKey:[]},agents:{list:{}},models:{providers:{a:null,b:{models:{}}}}}',
    '{session:{store:"  ",mainKey:" "},agents:{list:[{id:""}]}}',
    `{x:${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  ])
    t.strictSame(parseGatewayConfig(text), DEFAULT_CONFIG, text.slice(0, 80))
})

t.test('what is no configuration is broken', async (t) => {
  for (const text of ['', '{', 'null', '[]', '7', '{a:}']) t.equal(parseGatewayConfig(text), null)
})
