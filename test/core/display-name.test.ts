import t from 'tap'
import type { StoredSession } from '../../src/contract/store.js'
import { displayNameOf } from '../../src/core/rows/row.js'
import { blankSession } from '../../src/stores/memory/memory-store.js'

const cases: [
  facts: Partial<StoredSession> & { key: string },
  channel: string | null,
  name: string | null,
][] = [
  [{ key: 'agent:main:discord:group:123456789' }, 'discord', 'discord:g-123456789'],
  [{ key: 'agent:work:slack:channel:c0ffee' }, 'slack', 'slack:g-c0ffee'],
  [
    { key: 'agent:main:telegram:group:-100200300:topic:42' },
    'telegram',
    'telegram:g-100200300-topic-42',
  ],
  [{ key: 'agent:main:main' }, 'webchat', 'webchat:g-agent-main-main'],
  [{ key: 'agent:main:main', label: 'Mine' }, 'webchat', 'webchat:g-agent-main-main'],
  [{ key: 'agent:main:main', label: 'Mine', displayName: 'Ours' }, 'webchat', 'Ours'],
  [{ key: 'agent:main:x', label: 'Mine', originLabel: 'there' }, null, 'Mine'],
  [{ key: 'agent:main:x', originLabel: 'there' }, null, 'there'],
  [{ key: 'agent:main:x' }, null, null],
  [{ key: 'agent:main:s:group:1', subject: 'Büro & Co' }, 's', 's:g-büro-co'],
  [{ key: 'agent:main:s:group:1', space: 'Team', groupChannel: '#dev' }, 's', 's:g-team#dev'],
  [{ key: 'agent:main:s:group:1', groupId: 'G9' }, 's', 's:g-g9'],
]

t.test('a session is called as OpenClaw calls it', async (t) => {
  for (const [facts, channel, name] of cases)
    t.equal(displayNameOf({ ...blankSession(facts.key), ...facts }, channel), name)
})
