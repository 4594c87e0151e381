import fc from 'fast-check'
import t from 'tap'
import { type JsonFields, jsonObject } from '../../../../src/stores/openclaw/bundle/json-text.js'

async function textOf(fields: JsonFields): Promise<string> {
  let text = ''
  for await (const piece of jsonObject(fields)) text += piece
  return text
}

async function* later(values: readonly unknown[]): AsyncGenerator<unknown> {
  yield* values
}

t.test(
  'any object is written as JSON.stringify does, its lists made meanwhile or not',
  async (t) => {
    const property = fc.asyncProperty(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.array(fc.jsonValue()),
      async (object, list) => {
        const { list: _, ...rest } = object
        const whole = { ...rest, list }
        const fields: JsonFields = [...Object.entries(rest), ['list', later(list)]]
        return (await textOf(fields)) === `${JSON.stringify(whole, null, 2)}\n`
      },
    )
    await fc.assert(property)
    t.pass('it is')
  },
)

t.test('what is not known is left out', async (t) => {
  t.equal(
    await textOf([
      ['a', undefined],
      ['b', null],
    ]),
    '{\n  "b": null\n}\n',
  )
  t.equal(await textOf([['a', undefined]]), '{}\n')
})
