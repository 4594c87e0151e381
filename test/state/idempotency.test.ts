import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { KeptAnswer } from '../../src/contract/state.js'
import { answerFile } from '../../src/state/answer-file.js'
import { KEPT_MS, MAX_KEPT_ANSWERS, openIdempotency } from '../../src/state/idempotency.js'

const request = (key: string, body: unknown = { action: 'kill' }) => ({
  scope: ['token', 'controlSession', 'agent:a:main', key],
  body,
})
const answer = (body: string): KeptAnswer => ({ kind: 'answer', status: 200, body })

t.test('the second request with a key gets the first answer, without the work', async (t) => {
  const book = await openIdempotency()
  let works = 0
  const work = async () => answer(`${++works}`)
  t.strictSame(await book.once(request('a'), work), { replayed: false, answer: answer('1') })
  t.strictSame(await book.once(request('a'), work), { replayed: true, answer: answer('1') })
  t.match(await book.once(request('b'), work), { replayed: false, answer: answer('2') })
  await t.rejects(book.once(request('a', { action: 'stop' }), work), {
    code: 'idempotency_conflict',
  })
  t.equal(works, 2)
})

t.test(
  'while the first is not answered, the same is in progress, another body a conflict',
  async (t) => {
    const book = await openIdempotency()
    let finish = () => {}
    const first = book.once(request('a'), async () => {
      await new Promise<void>((resolve) => (finish = resolve))
      return answer('done')
    })
    const never = async () => t.fail('the work is done once') as never
    await t.rejects(book.once(request('a'), never), { code: 'in_progress', status: 409 })
    await t.rejects(book.once(request('a', 'other'), never), { code: 'idempotency_conflict' })
    finish()
    await first
    t.match(await book.once(request('a'), never), { replayed: true })
  },
)

t.test('what failed, and what is not to be kept, is done again', async (t) => {
  const book = await openIdempotency()
  await t.rejects(
    book.once(request('a'), async () => {
      throw new TypeError('broke')
    }),
  )
  t.match(await book.once(request('a'), async () => null), { replayed: false, answer: null })
  t.match(await book.once(request('a'), async () => answer('x')), { replayed: false })
})

t.test('answers are forgotten after a day, and the oldest when there are too many', async (t) => {
  let nowMs = 0
  const book = await openIdempotency({ clock: () => nowMs })
  const replayed = async (key: string) =>
    (await book.once(request(key), async () => answer(key))).replayed
  await replayed('first')
  for (let n = 1; n < MAX_KEPT_ANSWERS; n++) await replayed(`${n}`)
  t.equal(await replayed('first'), true)
  await replayed('one more')
  t.equal(await replayed('2'), true)
  t.equal(await replayed('first'), false, 'the oldest had to go')
  nowMs = KEPT_MS
  t.equal(await replayed('5'), false)
})

t.test('answers outlive the process, a torn line and a broken one', async (t) => {
  const path = join(t.testdir(), 'answers.jsonl')
  const open = () => openIdempotency({ journal: answerFile(path) })
  await (await open()).once(request('a'), async () => answer('kept'))
  t.notMatch(await readFile(path, 'utf8'), /agent:a:main/, 'session keys are not written down')
  await appendFile(path, '{"scope":"x"}\n{"scope":')
  const second = await open()
  t.match(await second.once(request('a'), async () => answer('again')), { replayed: true })
  await second.once(request('b'), async () => answer('after the tear'))
  const third = await open()
  t.match(await third.once(request('b'), async () => answer('again')), {
    replayed: true,
    answer: answer('after the tear'),
  })
})

t.test('a file that has grown is written anew with what still counts', async (t) => {
  const path = join(t.testdir(), 'answers.jsonl')
  const big = 'x'.repeat(200_000)
  let nowMs = 0
  const book = await openIdempotency({ journal: answerFile(path), clock: () => nowMs })
  for (let n = 0; n < 6; n++) await book.once(request(`old-${n}`), async () => answer(big))
  nowMs = KEPT_MS
  await book.once(request('new'), async () => answer('small'))
  const text = await readFile(path, 'utf8')
  t.equal(text.trimEnd().split('\n').length, 1)
  const again = await openIdempotency({ journal: answerFile(path), clock: () => nowMs })
  t.match(await again.once(request('new'), async () => answer('?')), { replayed: true })
})

t.test('an answer that cannot be kept is given nevertheless', async (t) => {
  const folder = t.testdir()
  await writeFile(join(folder, 'file'), '')
  const problems: unknown[] = []
  const book = await openIdempotency({
    journal: answerFile(join(folder, 'gone', 'answers.jsonl')),
    onProblem: (error) => problems.push(error),
  })
  t.match(await book.once(request('a'), async () => answer('x')), { answer: answer('x') })
  t.match(problems, [{ code: 'unavailable' }])
  t.match(await book.once(request('a'), async () => answer('y')), { replayed: true })
})
