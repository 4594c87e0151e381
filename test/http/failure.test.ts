import t from 'tap'
import { ErrorBody } from '../../src/contract/error.js'
import { ERRORS, type ErrorCode, SessionsError } from '../../src/errors.js'
import { failureAnswer, toSessionsError } from '../../src/surfaces/http/failure.js'

t.test('every code has its status and body', async (t) => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const answer = failureAnswer(new SessionsError(code, 'Do this.'), 'r1')
    const { status, type, retryable } = ERRORS[code]
    t.equal(answer.status, status)
    t.match(ErrorBody.parse(JSON.parse(answer.body)).error, {
      type,
      code,
      retryable,
      requestId: 'r1',
    })
    t.equal('www-authenticate' in answer.headers, status === 401 || code === 'insufficient_scope')
    t.equal('retry-after' in answer.headers, status === 429 || status === 503)
  }
})

t.test('a challenge says what was wrong, in characters a header may have', async (t) => {
  const answer = failureAnswer(new SessionsError('invalid_token', 'The "token" é\n ended.'), 'r1')
  t.equal(
    answer.headers['www-authenticate'],
    'Bearer realm="openclaw-sessions-api", error="invalid_token", error_description="The \'token\' \'\' ended."',
  )
})

t.test('whoever asks for a problem gets one', async (t) => {
  const error = new SessionsError('session_not_found', 'Session not found: x', {
    details: { a: 1 },
  })
  const answer = failureAnswer(error, 'r1', 'application/problem+json')
  t.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
  t.same(JSON.parse(answer.body), {
    type: 'urn:openclaw-sessions-api:error:session_not_found',
    title: 'Not Found',
    status: 404,
    detail: 'Session not found: x',
    instance: 'urn:openclaw-sessions-api:request:r1',
    code: 'session_not_found',
    details: { a: 1 },
    retryable: false,
    requestId: 'r1',
  })
})

t.test('what is not ours is internal, except a refusal of the framework', async (t) => {
  const of = (facts: object) => Object.assign(new Error('secret'), facts)
  const rows: [error: unknown, code: ErrorCode][] = [
    [of({}), 'internal'],
    ['a string', 'internal'],
    [null, 'internal'],
    [of({ statusCode: 500 }), 'internal'],
    [of({ statusCode: 400 }), 'invalid_request'],
    [of({ statusCode: 413 }), 'payload_too_large'],
    [of({ statusCode: 414 }), 'uri_too_long'],
    [of({ statusCode: 415 }), 'unsupported_media_type'],
    [of({ statusCode: 422 }), 'invalid_request'],
  ]
  for (const [error, code] of rows) {
    const made = toSessionsError(error)
    t.equal(made.code, code)
    t.notMatch(made.message, /secret/)
  }
})
