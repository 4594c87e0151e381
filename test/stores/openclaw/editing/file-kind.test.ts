import t from 'tap'
import { kindOfName } from '../../../../src/stores/openclaw/editing/file-kind.js'

const ID = '72500bd6-0840-4068-ae2c-d1bd63c64901'
const OTHER = '26a38b5c-824f-4d69-a76b-da8306048204'
const TIME = '2026-11-21T04-26-06.320Z'

t.test('names that OpenClaw gives', async (t) => {
  for (const [name, kind] of [
    ['sessions.json', 'store'],
    ['sessions.json.bak.1795235664967', 'backup'],
    [`sessions.json.${OTHER}.tmp`, 'temporary'],
    [`${ID}.jsonl.${OTHER}.tmp`, 'temporary'],
    [`${ID}.jsonl`, 'transcript'],
    [`${ID.toUpperCase()}.jsonl`, 'transcript'],
    [`model-run-${ID}.jsonl`, 'transcript'],
    [`${ID}-topic-42.jsonl`, 'transcript'],
    [`${ID}-topic-1700000000.000100.jsonl`, 'transcript'],
    [`2026-11-21T04-18-27-809Z_${ID}.jsonl`, 'transcript'],
    [`${ID}-topic-42.trajectory.jsonl`, 'trajectory'],
    [`${ID}.trajectory-path.json`, 'trajectory'],
    [`${ID}.checkpoint.${OTHER}.jsonl`, 'checkpoint'],
    [`${ID}.jsonl.reset.${TIME}`, 'reset'],
    [`${ID}-topic-42.jsonl.deleted.${TIME}`, 'deleted'],
    [`explicit-lab-1.jsonl.bak.${TIME}`, 'cut'],
  ] as const)
    t.equal(kindOfName(name, 'sessions.json').kind, kind, name)
})

t.test('names that others gave are left alone', async (t) => {
  for (const name of [
    'my-backup.jsonl',
    'x (conflicted copy).jsonl',
    `${ID} (conflicted copy).jsonl`,
    `${ID}-topic-7 (1).jsonl`,
    `${ID}-topic-7-backup.jsonl`,
    `${ID}.sync-conflict-20261121-042606-ABCDEFG.jsonl`,
    `${ID}-topic-7.sync-conflict-20261121-042606-ABCDEFG.jsonl`,
    `._${ID}.jsonl`,
    `._${ID}.jsonl.reset.${TIME}`,
    `.${ID}.jsonl.swp`,
    `${ID}.jsonl~`,
    `#${ID}.jsonl#`,
    `${ID}.jsonl.orig`,
    `${ID}.jsonl.bak`,
    `${ID}.jsonl.bak.1795235664967`,
    `${ID}.jsonl.deleted.${TIME} (conflicted copy)`,
    `my copy.jsonl.deleted.${TIME}`,
    'my-backup.trajectory.jsonl',
    'other.json.bak.1795235664967',
    `other.json.${OTHER}.tmp`,
    'sessions.json~',
    'explicit-lab-1.jsonl',
    'notes.txt',
  ])
    t.equal(kindOfName(name, 'sessions.json').kind, 'other', name)
})

t.test('a name of its own is a transcript while a session has it', async (t) => {
  const names = new Set(['custom.jsonl', 'custom.trajectory.jsonl'])
  const meant = { names, ids: new Set<string>() }
  t.equal(kindOfName('custom.jsonl', 'sessions.json', meant).kind, 'transcript')
  t.equal(kindOfName('custom.trajectory.jsonl', 'sessions.json', meant).kind, 'trajectory')
  t.equal(kindOfName('another.jsonl', 'sessions.json', meant).kind, 'other')
})

t.test('files that carry the id of a listed session are its own, whatever the id', async (t) => {
  const ids = new Set(['explicit-lab-1', 'lab-topic-2', '20', 'a'])
  const kindOf = (name: string) => kindOfName(name, 'sessions.json', { names: new Set(), ids }).kind
  for (const [name, kind] of [
    ['explicit-lab-1.jsonl', 'transcript'],
    ['Explicit-Lab-1-topic-7.jsonl', 'transcript'],
    ['explicit-lab-1-topic-1700000000.000100.jsonl', 'transcript'],
    ['explicit-lab-1-topic-%2Fa.jsonl', 'transcript'],
    ['2026-11-21T04-18-27-809Z_explicit-lab-1.jsonl', 'transcript'],
    ['2026-11-21T04-18-27-809Z_20.jsonl', 'transcript'],
    ['explicit-lab-1-topic-7.trajectory.jsonl', 'trajectory'],
    ['explicit-lab-1-topic-7.trajectory-path.json', 'trajectory'],
    ['lab-topic-2-topic-3.jsonl', 'transcript'],
    [`explicit-lab-1-topic-7.jsonl.${OTHER}.tmp`, 'temporary'],
    ['explicit-lab-1-topic-7-backup.jsonl', 'other'],
    ['explicit-lab-1-topic-copy.jsonl', 'other'],
    ['explicit-lab-1 (conflicted copy).jsonl', 'other'],
    ['explicit-lab-1-topic-7 (1).jsonl', 'other'],
    ['explicit-lab-1.sync-conflict-20261121-042606-ABCDEFG.jsonl', 'other'],
    ['._explicit-lab-1-topic-7.jsonl', 'other'],
    ['a-topic-copy-a.jsonl', 'other'],
    ['explicit-lab-12-topic-7.jsonl', 'other'],
    ['my-explicit-lab-1-topic-7.jsonl', 'other'],
  ] as const)
    t.equal(kindOf(name), kind, name)
})
