import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { StoreFile } from './store-file.js'

t.test('a store is as a gateway writes it, some 1.3 KB an entry', async (t) => {
  const dir = t.testdir()
  const file = new StoreFile(dir, 'busy', 500)
  file.write()
  const text = readFileSync(file.path, 'utf8')
  const store = JSON.parse(text)
  t.equal(Object.keys(store).length, 500)
  t.ok(text.length / 500 > 1100 && text.length / 500 < 1600, `${text.length / 500} an entry`)
  for (const { key, sessionId } of file.entries) t.equal(store[key].sessionId, sessionId)
  t.match(store['agent:busy:main'], {
    skillsSnapshot: { promptRef: {} },
    origin: {},
    status: String,
  })
})

t.test('a touched entry keeps its key and is the newest; nothing else changes', async (t) => {
  const dir = t.testdir()
  const file = new StoreFile(dir, 'busy', 20)
  file.write()
  const before = JSON.parse(readFileSync(file.path, 'utf8'))
  const key = file.touch(7, Date.UTC(2026, 10, 21))
  file.write()
  const after = JSON.parse(readFileSync(file.path, 'utf8'))
  t.same(Object.keys(after), Object.keys(before))
  t.same(
    Object.keys(after).filter(
      (name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]),
    ),
    [key],
  )
  t.equal(after[key].updatedAt, Date.UTC(2026, 10, 21))
  t.same(readdirSync(dir), ['sessions.json'], 'the temporary file has become the store')
})

t.test('no two sessions of any agents are the same', async (t) => {
  const agents = ['a01', 'a02', 'busy']
  const ids = agents.flatMap((agent) => new StoreFile(t.testdir(), agent, 400).entries)
  t.equal(new Set(ids.map(({ sessionId }) => sessionId)).size, 1200)
  t.equal(new Set(ids.map(({ key }) => key)).size, 1200)
})
