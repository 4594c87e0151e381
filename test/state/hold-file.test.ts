import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { openHoldFile } from '../../src/state/hold-file.js'

const held = (sessionKey: string) => ({ sessionKey, by: 'anna', reason: null, sinceMs: 7 })

t.test('holds are there again, and gone when they were removed', async (t) => {
  const path = join(t.testdir(), 'holds.json')
  const book = await openHoldFile(path)
  t.strictSame(book.all(), [])
  await Promise.all(Array.from({ length: 50 }, (_, n) => book.put(held(`agent:a:${n}`))))
  await book.remove('agent:a:7')
  const again = await openHoldFile(path)
  t.equal(again.all().length, 49)
  t.notOk(again.all().some(({ sessionKey }) => sessionKey === 'agent:a:7'))
})

t.test('each change is on the disk when it resolves', async (t) => {
  const path = join(t.testdir(), 'holds.json')
  const book = await openHoldFile(path)
  const first = book.put(held('agent:a:1'))
  const second = book.put(held('agent:a:2')).then(() => readFile(path, 'utf8'))
  await first
  t.match(await readFile(path, 'utf8'), 'agent:a:1')
  t.match(await second, 'agent:a:2')
})

t.test('a broken file resumes nobody: it is named, with what to do', async (t) => {
  const path = join(t.testdir(), 'holds.json')
  await writeFile(path, '{"version":1,"holds":[{')
  await t.rejects(openHoldFile(path), { code: 'invalid_setting', message: /holds\.json.*mend it/ })
})

t.test('a folder that is gone is told, and a later change still lands', async (t) => {
  const book = await openHoldFile(join(t.testdir(), 'gone', 'holds.json'))
  await t.rejects(book.put(held('agent:a:1')), { code: 'unavailable' })
})
