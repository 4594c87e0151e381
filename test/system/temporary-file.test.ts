import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { sweepTemporaryFiles, temporaryName } from '../../src/system/temporary-file.js'

const PATTERN = /^tokens\.json\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/
const LONG_AGO = new Date(Date.now() - 3_600_000)

t.test('names are new each time, and look as those of OpenClaw', async (t) => {
  const names = Array.from({ length: 1000 }, () => temporaryName('tokens.json'))
  t.equal(new Set(names).size, 1000)
  for (const name of names) if (!PATTERN.test(name)) t.fail(name)
})

/** A file of a process that has ended, or lives on until the end of the test. */
async function leftBy(t: Test, folder: string, lives: boolean): Promise<string> {
  const child = fork(new URL('temporary-writer.ts', import.meta.url), [join(folder, 'tokens.json')])
  t.teardown(() => child.kill('SIGKILL'))
  const [name] = await once(child, 'message')
  if (lives) return name
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  return name
}

t.test('files of killed processes go, those of living ones and of others stay', async (t) => {
  const folder = t.testdir()
  const put = (name: string, at?: Date) => {
    writeFileSync(join(folder, name), 'half')
    if (at !== undefined) utimesSync(join(folder, name), at, at)
    return name
  }
  const dead = await leftBy(t, folder, false)
  const living = await leftBy(t, folder, true)
  const mine = put(temporaryName('audit.json'))
  // Of a process that had our id before.
  const earlier = put(temporaryName('holds.json'), LONG_AGO)
  const elsewhere = temporaryName('uses.json').replace(/\.[0-9a-f]{8}-/, '.00000000-')
  const elsewhereOld = put(elsewhere.replace('uses', 'old'), LONG_AGO)
  put(elsewhere)
  const foreign = put('sessions.json.6a3b1f52-0d4e-4c58-9b1f-3a6c2f7e1d90.tmp', LONG_AGO)
  put('notes.tmp', LONG_AGO)
  put('tokens.json', LONG_AGO)
  await sweepTemporaryFiles(folder)
  const stay = [living, mine, elsewhere, foreign, 'notes.tmp', 'tokens.json']
  t.strictSame(readdirSync(folder).sort(), stay.sort(), `${dead}, ${earlier}, ${elsewhereOld} go`)
  await sweepTemporaryFiles(folder, { nameless: true, accepts: (name) => name !== foreign })
  t.ok(readdirSync(folder).includes(foreign))
  await sweepTemporaryFiles(folder, { nameless: true })
  t.notOk(readdirSync(folder).includes(foreign), 'of an earlier version, in our own folder')
  await sweepTemporaryFiles(join(folder, 'absent'))
})

t.test('a folder that may not be written keeps nobody from starting', async (t) => {
  const folder = t.testdir()
  writeFileSync(join(folder, temporaryName('x')), '')
  execFileSync('chmod', ['555', folder])
  await sweepTemporaryFiles(folder)
  execFileSync('chmod', ['755', folder])
})
