import { join } from 'node:path'
import t from 'tap'
import { chooseStateSource } from '../src/service/state-source.js'

t.test('what is served', async (t) => {
  const dir = t.testdir({
    fresh: {},
    used: { '.openclaw': { agents: {} } },
    unfinished: { '.openclaw': { 'openclaw.json': '{}' } },
    empty: {},
    file: '',
  })
  const at = (name: string) => join(dir, name)
  const home = { fresh: at('fresh'), used: at('used'), unfinished: at('unfinished') }
  const demo = { kind: 'demo' }
  const choose = (stateDir: string | undefined, home: string, demo = false) =>
    chooseStateSource({ demo, stateDir }, home)

  t.strictSame(await choose(undefined, home.fresh), demo, 'nothing there')
  t.strictSame(await choose(undefined, home.unfinished), demo, 'no agents there')
  const usual = { kind: 'directory', path: join(home.used, '.openclaw') }
  t.strictSame(await choose(undefined, home.used), usual)
  t.strictSame(await choose('~/.openclaw', home.used), usual)
  t.strictSame(await choose(undefined, home.used, true), demo, 'asked for')
  t.strictSame(await choose(at('empty'), home.used), { kind: 'directory', path: at('empty') })
  const wrong = { code: 'invalid_setting', details: { setting: 'OPENCLAW_STATE_DIR' } }
  await t.rejects(choose(at('nowhere'), home.used), wrong)
  await t.rejects(choose(at('nowhere'), home.used), { message: /does not exist/ })
  await t.rejects(choose(at('file'), home.used), { message: /is not a directory/ })
})
