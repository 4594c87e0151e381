import * as fc from 'fast-check'
import t from 'tap'
import { KeysByName } from '../../src/system/keys-by-name.js'

const step = fc.record({
  does: fc.constantFrom('add' as const, 'delete' as const),
  name: fc.constantFrom('a.jsonl', 'b.jsonl'),
  key: fc.constantFrom('k1', 'k2', 'k3'),
})

t.test('holds what was added and not deleted', async () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const keys = new KeysByName()
      const plain = new Set<string>()
      for (const { does, key, name } of steps) {
        keys[does](name, key)
        plain[does](`${name} ${key}`)
      }
      const held = ['a.jsonl', 'b.jsonl', 'c.jsonl'].flatMap((name) =>
        [...keys.of(name)].map((key) => `${name} ${key}`),
      )
      return held.sort().join() === [...plain].sort().join()
    }),
  )
})
