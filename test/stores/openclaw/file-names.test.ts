import t from 'tap'
import { cutPart } from '../../../src/stores/openclaw/directory/archive-names.js'
import {
  isTranscriptName,
  lockedTranscript,
  lockName,
  sessionIdsIn,
  uuidInName,
} from '../../../src/stores/openclaw/directory/file-names.js'

const id = '72500bd6-0840-4068-ae2c-d1bd63c64901'

t.test('only transcripts in use are transcripts', async (t) => {
  for (const name of [`${id}.jsonl`, `${id}-topic-42.jsonl`, 'explicit-lab-1.jsonl', 'a.b.jsonl'])
    t.equal(isTranscriptName(name), true, name)
  for (const name of [
    `${id}.checkpoint.26a38b5c-824f-4d69-a76b-da8306048204.jsonl`,
    `${id}.jsonl.reset.2026-11-21T04-26-06.320Z`,
    `${id}.jsonl.deleted.2026-11-21T04-26-07.591Z`,
    `${id}.jsonl.bak.2026-11-21T04-26-02.009Z`,
    `${id}.jsonl.lock`,
    `${id}.trajectory.jsonl`,
    `${id}.trajectory-path.json`,
    'sessions.json',
    'sessions.json.bak.1795235664967',
    'sessions.json.8af6205e.tmp',
    '.jsonl',
  ])
    t.equal(isTranscriptName(name), false, name)
})

t.test('the lock of a transcript, and of nothing else', async (t) => {
  t.equal(lockedTranscript(lockName('a.jsonl')), 'a.jsonl')
  t.equal(lockedTranscript('sessions.json.lock'), null)
  t.equal(lockedTranscript('a.trajectory.jsonl.lock'), null)
  t.equal(lockedTranscript('a.jsonl'), null)
})

t.test('parts that were cut, by transcript and time', async (t) => {
  t.strictSame(cutPart('a.jsonl.bak.2026-11-21T04-26-02.009Z'), {
    transcript: 'a.jsonl',
    time: '2026-11-21T04-26-02.009Z',
  })
  for (const name of [
    'a.jsonl.bak.1795235664967',
    'a.jsonl.bak.',
    'a.jsonl',
    '.jsonl.bak.2026-11-21T04-26-02Z',
  ])
    t.equal(cutPart(name), null, name)
})

t.test('the UUID in a name', async (t) => {
  t.equal(uuidInName(`${id}.jsonl`), id)
  t.equal(uuidInName(`${id.toUpperCase()}.jsonl`), id)
  t.equal(uuidInName(`${id}-topic-1700000000.000100.jsonl`), id)
  t.equal(uuidInName(`2026-11-21T04-18-27.809Z_${id}.jsonl`), id)
  for (const name of ['explicit-lab-1.jsonl', `model-run-${id}.jsonl`, `${id}-other.jsonl`])
    t.equal(uuidInName(name), null, name)
})

t.test('the session ids that a name may carry', async (t) => {
  for (const name of [
    `${id}.jsonl`,
    `${id}.trajectory.jsonl`,
    `${id}.trajectory-path.json`,
    `${id}.checkpoint.26a38b5c-824f-4d69-a76b-da8306048204.jsonl`,
    `${id}.jsonl.bak.2026-11-21T04-26-02.009Z`,
    `${id}-topic-1700000000.000100.jsonl`,
    `${id}-topic-7.trajectory.jsonl`,
    `${id}-topic-7.jsonl.reset.2026-11-21T04-26-06.320Z`,
    `2026-11-21T04-18-27-809Z_${id}.jsonl`,
    `2026-11-21T04-18-27-809Z_${id}-topic-7.jsonl.deleted.2026-11-21T04-26-06Z`,
  ])
    t.ok(sessionIdsIn(name).includes(id), name)
  t.strictSame(sessionIdsIn('a-topic-b-topic-7.jsonl'), ['a-topic-b-topic-7', 'a', 'a-topic-b'])
  for (const name of ['sessions.json', `${id}.jsonl.lock`, `${id}.txt`, '.jsonl', 'notes.md'])
    t.strictSame(sessionIdsIn(name), [], name)
})
