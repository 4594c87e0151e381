import t from 'tap'
import { SessionsError } from '../src/errors.js'
import { createLog, scrub } from '../src/service/log.js'

function logged(level: 'info' | 'debug' = 'info') {
  const lines: string[] = []
  const log = createLog(level, { write: (line) => void lines.push(line) })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') }
}

t.test('secrets and session keys are taken out of texts', async (t) => {
  const cases: [text: string, safe: string][] = [
    ['no token ocs_a-B_9 here', 'no token [token] here'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [token]'],
    [
      'Session not found: agent:main:telegram:direct:4915112345678.',
      'Session not found: [session key]',
    ],
    ['GET /sessions/agent%3Amain%3Amain/history', 'GET /sessions/[session key]'],
    ['/sessions/x/history?ticket=abc.def&follow=1 failed', '/sessions/x/history?[query] failed'],
    ['was the agent here? yes', 'was the agent here? yes'],
  ]
  for (const [text, safe] of cases) t.equal(scrub(text), safe)
})

t.test('a message is scrubbed before it is written', async (t) => {
  const { log, last } = logged()
  log.warn('lost agent:main:whatsapp:direct:4915112345678 with ocs_secret')
  t.match(last(), { level: 'warn', msg: 'lost [session key] with [token]' })
})

t.test('an error tells where and why, not what was being read', async (t) => {
  const { log, lines, last } = logged()
  const parse = () => JSON.parse('{"content": my private words}')
  t.throws(parse, /my private/, 'the message quotes the text')
  const cause = thrownBy(parse)
  const err = new SessionsError('internal', 'Cannot read agent:main:direct:49151.', { cause })
  log.error({ err }, 'request failed')
  t.match(last().err, {
    type: 'SessionsError',
    code: 'internal',
    message: 'Cannot read [session key]',
    stack: /^ {4}at .*log\.test/,
    cause: { type: 'SyntaxError', message: 'malformed text' },
  })
  t.notMatch(lines.join(''), /private words|49151/)
})

t.test('whoever logs a whole request gets its method only', async (t) => {
  const { log, lines, last } = logged()
  const req = { method: 'GET', url: '/x?ticket=t1', headers: { authorization: 'Bearer s1' } }
  log.info({ req, res: { statusCode: 200, headers: { 'set-cookie': 'c1' } } }, 'answered')
  t.strictSame(last().req, { method: 'GET' })
  t.strictSame(last().res, { statusCode: 200 })
  t.notMatch(lines.join(''), /t1|s1|c1/)
})

t.test('errors that cause themselves, and things that are no errors', async (t) => {
  const { log, last } = logged()
  const err: Error & { cause?: unknown } = new Error('round')
  err.cause = err
  log.error({ err }, 'failed')
  t.match(last().err, { message: 'round', cause: { message: 'round' } })
  log.error({ err: { secret: 's1' } }, 'failed')
  t.equal(last().err, 'object')
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
}
