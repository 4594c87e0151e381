import fc from 'fast-check'
import t from 'tap'
import * as z from 'zod'
import { AuditQuery, MAX_AUDIT_LIMIT } from '../../src/contract/audit.js'
import { HistoryQuery, MAX_CHARS, MAX_HISTORY_LIMIT } from '../../src/contract/history.js'
import { Position } from '../../src/contract/position.js'
import { ListQuery, MAX_LIST_LIMIT } from '../../src/contract/session.js'
import { MAX_TRAJECTORY_LIMIT, TrajectoryQuery } from '../../src/contract/trajectory.js'
import { SessionsError } from '../../src/errors.js'
import { parseQuery } from '../../src/surfaces/http/query.js'

t.test('parameters are parsed, those of the client itself left alone', async (t) => {
  const rows: [query: string, parsed: object][] = [
    ['', { limit: 50, sort: '-updatedAt' }],
    ['limit=5000&_nope=1&__proto__=2', { limit: 1000 }],
    ['kinds=chat,group&kinds=cron', { kinds: ['chat', 'group', 'cron'] }],
    ['kind=chat&kinds=cron', { kinds: ['chat', 'cron'] }],
    ['agents=main,work', { agent: ['main', 'work'] }],
    ['kinds=', { kinds: [] }],
    ['active', { active: true }],
    ['active=0', { active: false }],
    ['search=a%20b+c', { search: 'a b c' }],
    ['minCost=0.25', { minCost: 0.25 }],
  ]
  for (const [query, parsed] of rows) t.match(parseQuery(ListQuery, query), parsed, query)
})

t.test('an empty place to resume at is none', async (t) => {
  const schema = z.object({ last_event_id: Position.optional() })
  for (const query of ['', 'last_event_id=', 'last_event_id', 'last_event_id=&last_event_id='])
    t.strictSame(parseQuery(schema, query), {}, query)
  t.throws(() => parseQuery(schema, 'last_event_id=x'), { code: 'invalid_parameter' })
})

t.test('a malformed one is named, with what it must be', async (t) => {
  const rows: [query: string, message: string][] = [
    ['limit=abc', 'Query parameter "limit" must be a whole number.'],
    ['limit=0', 'Query parameter "limit" must be at least 1.'],
    ['messageLimit=21', 'Query parameter "messageLimit" must be from 0 to 20.'],
    ['activeMinutes=0', 'Query parameter "activeMinutes" must be from 1 to 5256000.'],
    ['limit=1&limit=1', 'Query parameter "limit" was given more than once.'],
    ['active=maybe', 'Query parameter "active" must be one of "0", "1", "true", nothing, "false".'],
    ['nope=1', 'unknown parameter "nope"; known are agent, limit, '],
    ['statusses=idle', 'unknown parameter "statusses"; did you mean "status"\\?'],
    ['kind=dog', 'Query parameter "kind" must be one of "chat"'],
    ['minCost=-1', 'Query parameter "minCost" must be a number.'],
    ['sort=name', 'Query parameter "sort" must be one of "-updatedAt"'],
    [`agent=${'x'.repeat(501)}`, 'Query parameter "agent" is too long, the most is 500.'],
  ]
  for (const [query, message] of rows)
    t.throws(
      () => parseQuery(ListQuery, query),
      { code: 'invalid_parameter', message: new RegExp(`^${message.replaceAll(/[.]/g, '\\.')}`) },
      query,
    )
})

t.test('a page size above its maximum is clamped, any other number is refused', async (t) => {
  const rows: [schema: z.ZodObject, name: string, max: number][] = [
    [ListQuery, 'limit', MAX_LIST_LIMIT],
    [ListQuery, 'messageLimit', 20],
    [ListQuery, 'activeMinutes', 5_256_000],
    [HistoryQuery, 'limit', MAX_HISTORY_LIMIT],
    [HistoryQuery, 'maxChars', MAX_CHARS],
    [TrajectoryQuery, 'limit', MAX_TRAJECTORY_LIMIT],
    [TrajectoryQuery, 'maxChars', MAX_CHARS],
    [AuditQuery, 'limit', MAX_AUDIT_LIMIT],
  ]
  for (const [schema, name, max] of rows) {
    t.match(parseQuery(schema, `${name}=${max}`), { [name]: max })
    for (const above of [max + 1, '99999999999999999999']) {
      const ask = () => parseQuery(schema, `${name}=${above}`)
      if (name === 'limit') t.match(ask(), { limit: max })
      else
        t.throws(
          ask,
          {
            code: 'invalid_parameter',
            message: new RegExp(`"${name}" must be from \\d to ${max}`),
          },
          name,
        )
    }
  }
})

t.test('no query does anything but parse or be refused', async () => {
  const names = ['limit', 'cursor', 'maxChars', 'branch', 'includeTools', '__proto__', 'toString']
  const pair = fc.tuple(fc.constantFrom(...names), fc.string()).map((pair) => pair.join('='))
  fc.assert(
    fc.property(fc.array(pair), (pairs) => {
      try {
        const { limit } = parseQuery(HistoryQuery, pairs.join('&'))
        return limit >= 1 && limit <= 1000
      } catch (error) {
        return error instanceof SessionsError && error.code === 'invalid_parameter'
      }
    }),
  )
})
