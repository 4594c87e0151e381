import * as fc from 'fast-check'

/** One line of a made-up transcript: which earlier or later line it hangs below, and what it is. */
const id = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 1, arbitrary: fc.constant(null) },
)

const parent = fc.oneof(
  { weight: 12, arbitrary: fc.constant('previous' as const) },
  { weight: 1, arbitrary: fc.constant('absent' as const) },
  { weight: 1, arbitrary: fc.constant('root' as const) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 60 }) },
)

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constant('NO_REPLY'),
  fc.constant('naïve 🦞 text'),
)

const usage = fc.record({
  input: fc.integer({ min: 0, max: 5000 }),
  output: fc.integer({ min: 0, max: 500 }),
  cacheRead: fc.integer({ min: 0, max: 5000 }),
  cost: fc.record({ total: fc.constantFrom(0, 0.25, 0.0108759) }),
})

const message = fc.oneof(
  fc.record({ role: fc.constant('user'), content: text }),
  fc.record({
    role: fc.constant('assistant'),
    content: fc.array(fc.record({ type: fc.constant('text'), text }), { maxLength: 2 }),
    provider: fc.constantFrom('mock', 'openclaw'),
    model: fc.constantFrom('mock-1', 'priced'),
    usage,
    stopReason: fc.constantFrom('stop', 'toolUse'),
  }),
  fc.record({
    role: fc.constant('toolResult'),
    toolName: fc.constant('exec'),
    content: fc.array(fc.record({ type: fc.constant('text'), text }), { maxLength: 1 }),
  }),
)

const body = fc.oneof(
  { weight: 8, arbitrary: message.map((m) => ({ type: 'message', message: m })) },
  { weight: 1, arbitrary: fc.constant({ type: 'compaction', summary: 's', tokensBefore: 9 }) },
  { weight: 1, arbitrary: fc.constant({ type: 'custom', customType: 'x' }) },
  { weight: 1, arbitrary: fc.constant({ type: 'session', version: 3 }) },
)

const junk = fc.constantFrom(
  '',
  '   ',
  '{"torn":',
  'null',
  '[1]',
  '\u0000\u0000',
  '{"type":"message"}\r',
  '\uFEFF{"type":"x"}',
)

const lineSpec = fc.oneof(
  { weight: 15, arbitrary: fc.record({ id, parent, body }) },
  { weight: 1, arbitrary: junk },
)

/** The text of a made-up transcript, whole lines with forks, cycles, repeated ids, broken lines and all. */
export const transcriptText = fc.array(lineSpec, { maxLength: 40 }).map((specs) => {
  let previous: string | null = null
  return specs
    .map((spec) => {
      if (typeof spec === 'string') return `${spec}\n`
      const own: string | null = spec.id === null ? null : `e${spec.id}`
      const at = 1795234708000 + specs.indexOf(spec) * 1000
      const fields = {
        ...spec.body,
        ...(own === null ? {} : { id: own }),
        ...parentField(spec.parent, previous),
        timestamp: new Date(at).toISOString(),
      }
      previous = own ?? previous
      return `${JSON.stringify(fields)}\n`
    })
    .join('')
})

function parentField(spec: 'previous' | 'absent' | 'root' | number, previous: string | null) {
  if (spec === 'absent') return {}
  if (spec === 'root') return { parentId: null }
  return { parentId: spec === 'previous' ? previous : `e${spec}` }
}
