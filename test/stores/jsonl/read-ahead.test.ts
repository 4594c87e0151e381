import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readBytes } from '../../../src/stores/jsonl/byte-source.js'
import { ReadAhead } from '../../../src/stores/jsonl/read-ahead.js'

const TEXT = 'abcdefghijklmnopqrstuvwxyz'

t.test('a stretch in memory is served without the file, all others by it', async (t) => {
  const path = join(t.testdir(), 'file')
  await writeFile(path, TEXT)
  const handle = await open(path)
  const source = new ReadAhead(handle)
  const text = async (from: number, to: number) => (await readBytes(source, from, to)).toString()
  await Promise.all([source.fetch(0, 4), source.fetch(20, 100)])
  t.equal(source.covers(1, 4), true)
  t.equal(source.covers(20, 26), true, 'to the end of the file')
  t.equal(source.covers(20, 27), false, 'not beyond it')
  t.equal(source.covers(3, 21), false, 'not over a gap')
  t.equal(await text(2, 22), 'cdefghijklmnopqrstuv')
  t.equal(await text(24, 40), 'yz')
  await handle.close()
  t.equal(await text(1, 4), 'bcd')
  t.equal(await text(21, 26), 'vwxyz')
  await t.rejects(text(4, 5))
})
