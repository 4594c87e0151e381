import t from 'tap'
import { ownFolder } from '../own-folder.js'
import { reading } from './directory.js'
import { FIXTURE, run, Service } from './process.js'

t.test('one session: the same here and from a service', async (t) => {
  const at = reading(t)
  const here = await run(['show', 'main', '--json', ...at])
  t.equal(here.code, 0)
  t.match(JSON.parse(here.out), {
    session: { key: 'agent:main:main' },
    transcript: {},
    children: [],
  })
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: ownFolder(t),
  })
  const there = ['--url', service.url, '--token', service.token]
  const asked = await run(['show', 'main', '--json', ...there])
  const { session } = JSON.parse(asked.out)
  t.strictSame({ ...session, age: null }, { ...JSON.parse(here.out).session, age: null })
  const text = await run(['show', 'main', ...at])
  t.match(text.out, /^key +agent:main:main\nsession id +72500bd6-/)
  t.match(text.out, /^cost +\$\d+\.\d+ \((reported|estimated)\)$/m)
  t.match(await run(['show', 'nowhere', ...at]), { code: 1, err: /not found/, out: '' })
  t.match(await run(['show', ...at]), { code: 2, err: /missing required argument/ })
})

t.test('why a session is in its state', async (t) => {
  const at = reading(t)
  const json = await run(['diagnose', 'main', '--json', ...at])
  const diagnosis = JSON.parse(json.out)
  t.match(diagnosis, { session: 'agent:main:main', findings: [{}] })
  const { code, out } = await run(['diagnose', 'main', ...at])
  t.equal(code, 0)
  t.ok(out.startsWith(`agent:main:main is ${diagnosis.status}: `))
  for (const { text } of diagnosis.findings) t.ok(out.includes(text), text)
  t.match(await run(['diagnose', 'nowhere', ...at]), { code: 1 })
})
