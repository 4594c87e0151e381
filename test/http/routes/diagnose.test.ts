import t from 'tap'
import { Diagnosis } from '../../../src/contract/diagnosis.js'
import { at, MAIN, startService, WORK } from '../service.js'

t.test('the state of a session is explained, as far as its reader may know', async (t) => {
  const service = await startService(t, {
    tokens: [{ name: 'mainOnly', scopes: ['operator.read'], agents: ['main'], redact: 'all' }],
  })
  service.runs.start({ sessionKey: MAIN, runId: 'r1' })
  service.runs.start({ sessionKey: WORK, parentSessionKey: MAIN })
  const ask = (token: string, key = MAIN) =>
    fetch(`${service.url}/api/sessions/${at(key)}/diagnose`, { headers: service.as(token) })
  const whole = Diagnosis.parse(await (await ask('reader')).json())
  t.match(whole, { session: MAIN, status: 'running', summary: /Run r1 is live/ })
  t.match(whole.findings.find(({ about }) => about === 'family')?.text, WORK)
  t.match(whole.findings.find(({ about }) => about === 'transcript')?.text, /3 messages/)
  const narrow = await (await ask('mainOnly')).text()
  t.notMatch(narrow, /agent:work|Nearly done|\/home/)
  t.equal((await ask('mainOnly', WORK)).status, 404)
})
