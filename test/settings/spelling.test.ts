import t from 'tap'
import { nearest } from '../../src/settings/spelling.js'

t.test('the nearest name, when one is near', async (t) => {
  const names = ['HOST', 'PORT', 'LOG_LEVEL']
  t.equal(nearest('PORT', names), 'PORT')
  t.equal(nearest('LOGLEVEL', names), 'LOG_LEVEL')
  t.equal(nearest('LOG_LEVLE', names), 'LOG_LEVEL')
  t.equal(nearest('POST', names), 'HOST', 'one letter off both: the first')
  t.equal(nearest('COLOUR', names), null)
  t.equal(nearest('PORT', []), null)
})
