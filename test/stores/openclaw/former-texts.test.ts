import t from 'tap'
import { FormerTexts } from '../../../src/stores/openclaw/sessions-json/former-texts.js'

const DIGESTS = Uint8Array.of(1)

t.test('recalls a text by what is known of it', async (t) => {
  const texts = new FormerTexts()
  t.equal(texts.recall('/a', DIGESTS), null)
  texts.remember('/a', DIGESTS, Buffer.from('text'))
  t.equal(texts.recall('/a', DIGESTS)?.toString(), 'text')
  t.equal(texts.recall('/a', Uint8Array.of(2)), null, 'somebody knows another text of it')
  t.equal(texts.recall('/b', DIGESTS), null)
  texts.remember('/a', Uint8Array.of(2), Buffer.from('next'))
  t.equal(texts.recall('/a', DIGESTS), null)
})

t.test('lets go of the texts read longest ago when it holds too much', async (t) => {
  const texts = new FormerTexts(10)
  for (const path of ['/a', '/b']) texts.remember(path, DIGESTS, Buffer.alloc(4))
  texts.remember('/a', DIGESTS, Buffer.alloc(5))
  texts.remember('/c', DIGESTS, Buffer.alloc(4))
  t.strictSame(
    ['/a', '/b', '/c'].map((path) => texts.recall(path, DIGESTS)?.length),
    [5, undefined, 4],
  )
  texts.remember('/c', DIGESTS, Buffer.alloc(11))
  t.equal(texts.recall('/c', DIGESTS), null, 'one that is too large is not kept, nor what it was')
  t.equal(texts.recall('/a', DIGESTS)?.length, 5)
})
