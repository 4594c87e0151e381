import t from 'tap'
import { Looks } from '../../../src/stores/openclaw/directory/looks.js'

t.test('a slow look keeps no other one waiting', async (t) => {
  let rings = 0
  const looks = new Looks(() => {
    rings += 1
  })
  const [slow, quick] = [{}, {}]
  let finish: (keys: string[]) => void = () => undefined
  looks.start(slow, () => new Promise((resolve) => (finish = resolve)))
  looks.start(quick, async () => ['q'])
  await new Promise(setImmediate)
  t.notOk(looks.isRunning(quick))
  t.ok(looks.isRunning(slow))
  t.equal(rings, 1)
  t.strictSame(looks.take(), new Set(['q']))
  t.strictSame(looks.take(), new Set(), 'what was taken is gone')
  looks.find('f')
  finish(['s'])
  await looks.ended()
  t.equal(rings, 2)
  t.strictSame(looks.take(), new Set(['f', 's']))
})

t.test('what a look throws is thrown where its keys are taken', async (t) => {
  const looks = new Looks(() => undefined)
  looks.start({}, async () => {
    throw new Error('unread')
  })
  await looks.ended()
  t.throws(() => looks.take(), /unread/)
})
