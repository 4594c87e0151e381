import t from 'tap'
import { ownFolder } from '../own-folder.js'
import { FakeGateway } from '../runtimes/openclaw-gateway/fake-gateway.js'
import { reading } from './directory.js'
import { run, Service } from './process.js'

t.test('control over a service: what was seen is said', async (t) => {
  const env = { TMPDIR: ownFolder(t), SESSIONS_API_DEMO_STEP_MS: '300' }
  const service = await Service.start(t, env, ['serve', '--demo'])
  const at = ['--url', service.url, '--token', service.token]
  const key = 'agent:main:main'
  const json = async (...args: string[]) => {
    const { code, out } = await run([...args, '--json', ...at])
    return { code, answer: JSON.parse(out) }
  }
  const paused = await json('pause', key, '--reason', 'a look inside')
  t.match(paused, {
    code: 0,
    answer: { action: 'pause', success: true, results: [{ session: key }] },
  })
  t.match((await run(['show', key, ...at])).out, /^status +paus(ed|ing)$/m)
  t.match(await json('resume', key), {
    code: 0,
    answer: { results: [{ outcome: /resumed|already/ }] },
  })

  const unsaid = await run(['kill', key, ...at])
  t.match(unsaid, { code: 1, out: '', err: /say --yes/ }, 'nobody can be asked')
  const killed = await json('kill', key, '--yes')
  t.match(killed, { code: 0, answer: { results: [{ outcome: /killed|no_active_run/ }] } })
  t.match(await json('stop', key), { code: 0 })

  const both = await run(['stop', key, 'agent:main:nowhere', ...at])
  t.equal(both.code, 1, 'one of them failed')
  t.match(both.out, /agent:main:main +(stopped|no_active_run)/)
  t.match(both.out, /agent:main:nowhere +failed +Session not found/)
})

t.test('a directory where nobody runs anything fails and says so', async (t) => {
  const at = reading(t)
  for (const action of ['stop', 'pause', 'resume']) {
    const { code, err, out } = await run([action, 'main', ...at])
    t.equal(code, 1, action)
    t.match(out + err, /runtime|gateway/i)
  }
  t.match(await run(['stop', ...at]), { code: 2, err: /missing required argument/ })
})

t.test('the demo in this process has runs', async (t) => {
  const { code, out } = await run(['kill', 'agent:main:main', '--yes', '--json', '--demo'], {
    env: { TMPDIR: ownFolder(t) },
  })
  t.equal(code, 0)
  t.match(JSON.parse(out), { results: [{ outcome: /killed|no_active_run/ }] })
})

t.test('the live gateway that is named is asked, with its token', async (t) => {
  const key = 'agent:main:main'
  const gateway = await FakeGateway.start(t)
  gateway.rows = [{ key, status: 'running', hasActiveRun: true, startedAt: 5 }]
  gateway.answers['sessions.abort'] = () => {
    gateway.rows = [{ key, status: 'killed', hasActiveRun: false, startedAt: 5, endedAt: 9 }]
    return { ok: true, abortedRunId: 'r1', status: 'aborted' }
  }
  const at = [...reading(t), '--gateway-url', gateway.url, '--gateway-token', 'of-the-gateway']
  const shown = await run(['show', key, ...at])
  t.match(shown.out, /^status +running$/m, 'a run of the gateway is seen at once')
  const { code, out } = await run(['kill', key, '--yes', '--json', ...at])
  t.equal(code, 0)
  t.match(JSON.parse(out), { results: [{ session: key, outcome: 'killed' }] })
  const connect = gateway.asked.find(({ method }) => method === 'connect')
  t.match(connect?.params, { auth: { token: 'of-the-gateway' } })
  await gateway.close()
  const gone = await run(['kill', key, '--yes', ...at])
  t.match(gone, { code: 1 })
  t.match(gone.out + gone.err, /No gateway answers at/)
  t.match(await run(['list', ...at]), { code: 0, err: '' }, 'reading goes on')
})
