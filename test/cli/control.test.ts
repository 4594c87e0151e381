import t from 'tap'
import { reading } from './directory.js'
import { run, Service } from './process.js'

t.test('control over a service: what was seen is said', async (t) => {
  const env = { TMPDIR: t.testdir(), SESSIONS_API_DEMO_STEP_MS: '300' }
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
    env: { TMPDIR: t.testdir() },
  })
  t.equal(code, 0)
  t.match(JSON.parse(out), { results: [{ outcome: /killed|no_active_run/ }] })
})
