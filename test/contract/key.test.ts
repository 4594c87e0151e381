import t from 'tap'
import { parseKey, qualifyKey } from '../../src/contract/key.js'

const cases: [key: string, kind: string, channel: string | null][] = [
  ['agent:main:main', 'chat', null],
  ['agent:main:discord:group:123456789', 'group', 'discord'],
  ['agent:work:slack:channel:c0ffee', 'group', 'slack'],
  ['agent:main:telegram:group:-100200300:topic:42', 'group', 'telegram'],
  ['agent:main:telegram:direct:77', 'chat', 'telegram'],
  ['agent:main:telegram:bot2:direct:77', 'chat', 'telegram'],
  ['agent:main:direct:77', 'chat', null],
  ['agent:main:subagent:0b82bedc', 'subagent', null],
  ['agent:main:subagent:0b82bedc:subagent:1', 'subagent', null],
  ['agent:main:cron:job', 'cron', null],
  ['agent:main:hook:1', 'webhook', null],
  ['agent:main:node-7', 'node', null],
  ['agent:main:acp:1', 'other', null],
  ['AGENT:Main:Matrix:Channel:!Room:srv', 'group', 'matrix'],
  ['global', 'other', null],
]

t.test('a key says its kind and channel', async (t) => {
  for (const [key, kind, channel] of cases) {
    t.match(parseKey(key), { kind, channel }, key)
  }
})

t.test('the run of a cron job names its job', async (t) => {
  t.equal(parseKey('agent:main:cron:j1:run:abc').cronJobKey, 'agent:main:cron:j1')
  t.equal(parseKey('agent:main:cron:J1:run:abc').cronJobKey, 'agent:main:cron:J1')
  t.equal(parseKey('agent:main:cron:j1').cronJobKey, null)
})

t.test('a key as written becomes canonical', async (t) => {
  t.equal(qualifyKey(' AGENT:Main:MAIN ', 'work'), 'AGENT:Main:MAIN', 'case is kept')
  t.equal(qualifyKey('foo', 'work'), 'agent:work:foo')
  t.equal(qualifyKey('global', 'work'), 'global')
})
