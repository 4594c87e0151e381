import t from 'tap'
import { bare } from '../../src/surfaces/http/answer.js'
import { guarded, type Operation } from '../../src/surfaces/http/operation.js'
import { RouteTable } from '../../src/surfaces/http/route-table.js'

const row = (facts: Partial<Operation> & Pick<Operation, 'path'>): Operation =>
  ({
    ...guarded({
      operationId: facts.operationId ?? `${facts.method ?? 'GET'} ${facts.path}`,
      method: 'GET',
      path: facts.path,
      scope: 'operator.read',
      summary: '',
      description: '',
      tag: 'Service',
      responses: {},
      handle: async () => bare(204, {}),
    }),
    ...facts,
  }) as Operation

const table = (...rows: Operation[]) => new RouteTable(rows, { shortPaths: true })

t.test('a row without a scope does not start', async (t) => {
  const nameless = { ...row({ path: '/a', operationId: 'nameless' }), scope: undefined }
  t.throws(() => table(nameless as unknown as Operation), /nameless declares no scope/)
  t.throws(() => table({ ...row({ path: '/a' }), scope: 'operator.root' } as never), /no scope/)
})

t.test('two rows for one place do not start', async (t) => {
  t.throws(
    () => table(row({ path: '/a', operationId: 'x' }), row({ path: '/b', operationId: 'x' })),
    /twice/,
  )
  t.throws(
    () => table(row({ path: '/a', operationId: 'x' }), row({ path: '/a', operationId: 'y' })),
    /GET \/a twice/,
  )
})

t.test('paths with a parameter go over a wildcard, and keep it raw', async (t) => {
  const routes = table(
    row({ path: '/s' }),
    row({ path: '/s/{key}' }),
    row({ path: '/s/{key}/kill', method: 'POST', longPath: '/api/s/{key}/kill' }),
  )
  t.same(
    routes.mounts.map(({ path, wildcard }) => [path, wildcard]),
    [
      ['/s', false],
      ['/s', true],
      ['/api/s', true],
    ],
  )
  t.match(routes.find(['s']), { endpoint: { template: '/s', allow: 'GET, HEAD, OPTIONS' } })
  t.match(routes.find(['s', 'a%2Fb']), { endpoint: { template: '/s/{key}' }, parameter: 'a%2Fb' })
  t.match(routes.find(['api', 's', 'k', 'kill']), { endpoint: { allow: 'POST, OPTIONS' } })
  for (const path of [[], ['x'], ['s', 'k', 'nope'], ['s', 'k', 'kill', ''], ['api', 's', 'k']])
    t.equal(routes.find(path), null, path.join('/'))
})

t.test('without short paths only the long ones are there', async (t) => {
  const rows = [row({ path: '/s/{key}/kill', longPath: '/api/s/{key}/kill' })]
  const routes = new RouteTable(rows, { shortPaths: false })
  t.equal(routes.find(['s', 'k', 'kill']), null)
  t.ok(routes.find(['api', 's', 'k', 'kill']))
})
