import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { CutPartList } from '../../../src/stores/openclaw/sessions-json/cut-part-list.js'

t.test('the parts cut from a transcript, oldest first', async (t) => {
  const dir = t.testdir({
    'a.jsonl': '',
    'a.jsonl.bak.2026-11-21T04-26-02.009Z': '',
    'a.jsonl.bak.2026-11-20T23-59-59.999Z': '',
    'a.jsonl.reset.2026-11-21T04-26-02.009Z': '',
    'ab.jsonl.bak.2026-11-21T04-26-02.009Z': '',
    'sessions.json.bak.1795235664967': '',
  })
  const list = new CutPartList(dir)
  t.strictSame(await list.pathsOf('a.jsonl'), [
    join(dir, 'a.jsonl.bak.2026-11-20T23-59-59.999Z'),
    join(dir, 'a.jsonl.bak.2026-11-21T04-26-02.009Z'),
  ])
  t.strictSame(await list.pathsOf('b.jsonl'), [])

  // As a cut does it: the old file gets the archive's name, a new one its own.
  await rename(join(dir, 'a.jsonl'), join(dir, 'a.jsonl.bak.2026-11-22T00-00-00.000Z'))
  await writeFile(join(dir, 'a.jsonl'), '')
  t.equal((await list.pathsOf('a.jsonl')).length, 3, 'seen at the very next call')

  await rm(dir, { recursive: true })
  await t.rejects(list.pathsOf('a.jsonl'), { code: 'source_unreadable' }, 'none would be too few')
  t.strictSame(await new CutPartList(dir).pathsOf('a.jsonl'), [], 'there never was a folder')
})
