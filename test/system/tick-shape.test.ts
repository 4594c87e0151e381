import t from 'tap'
import { keepTickShape } from '../../src/system/tick-shape.js'

t.test('what is kept is what Node makes for a tick', async (t) => {
  t.match(keepTickShape(), { callback: Function })
})
