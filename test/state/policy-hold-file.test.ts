import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { PolicyHold } from '../../src/contract/state.js'
import { policyHoldFile } from '../../src/state/index.js'

const HOLD: PolicyHold = {
  sessionKey: 'agent:main:main',
  by: 'ann',
  reason: null,
  sinceMs: 5,
  applied: true,
  earlierPolicy: 'allow',
}

t.test('keeps holds', async (t) => {
  const path = join(t.testdir(), 'holds.json')
  t.strictSame(await policyHoldFile(path).load(), [])
  await policyHoldFile(path).save([HOLD])
  t.strictSame(await policyHoldFile(path).load(), [HOLD])
})

t.test('a broken file is begun anew, and told', async (t) => {
  const path = join(t.testdir(), 'holds.json')
  const problems: string[] = []
  for (const text of ['{', '{"version":1,"holds":[{"sessionKey":"x"}]}']) {
    await writeFile(path, text)
    const file = policyHoldFile(path, { onProblem: ({ message }) => problems.push(message) })
    t.strictSame(await file.load(), [])
  }
  t.match(problems, [/begun anew/, /begun anew/])
})

t.test('a folder that is gone', async (t) => {
  const file = policyHoldFile(join(t.testdir(), 'none', 'holds.json'))
  await t.rejects(file.save([HOLD]), { code: 'unavailable' })
})
