import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

/** Built by `npm run build:bench`. */
const MAIN = fileURLToPath(new URL('../../.bench/test/bench/main.js', import.meta.url))

function bench(args: readonly string[], TMPDIR = '/tmp') {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out: string[] = []
  const err: string[] = []
  child.stdout.on('data', (chunk) => out.push(String(chunk)))
  child.stderr.on('data', (chunk) => err.push(String(chunk)))
  const exit = once(child, 'close').then(([code]) => ({
    code,
    out: out.join(''),
    err: err.join(''),
  }))
  return { child, exit }
}

t.test('a row is measured beside its baseline, and nothing is left', async (t) => {
  const dir = t.testdir()
  const args = ['--quick', '--rounds', '1', '--only', 'append-follow', '--json']
  const { code, err, out } = await bench(args, dir).exit
  const report = JSON.parse(out)
  t.match(report, { rounds: 1, quick: true, machine: { cores: Number, node: process.version } })
  t.same(
    report.verdicts.map(({ metric }: { metric: string }) => metric),
    ['p50', 'p99'],
  )
  for (const verdict of report.verdicts)
    t.match(verdict, { ours: Number, baseline: Number, ratio: Number })
  const missed = report.verdicts.some(({ met }: { met: boolean }) => !met)
  t.equal(code, missed ? 1 : 0, err)
  t.same(readdirSync(dir), [])
})

t.test('a run that is interrupted leaves nothing', async (t) => {
  const dir = t.testdir()
  const { child, exit } = bench(['--only', 'first-index'], dir)
  while (!readdirSync(dir).some((name) => name.startsWith('openclaw-sessions-bench-')))
    await new Promise(setImmediate)
  child.kill('SIGINT')
  t.equal((await exit).code, 130)
  t.same(readdirSync(dir), [])
})

t.test('what is wrong with the command line is said', async (t) => {
  const unknown = await bench(['--only', 'nothing']).exit
  t.match(unknown, { code: 1, err: /Allowed choices are list-cached, list-304/ })
  const none = await bench(['--rounds', '0']).exit
  t.match(none, { code: 1, err: /It takes a whole number from 1/ })
  const partial = await bench(['--write', '--quick']).exit
  t.match(partial, { code: 1, err: /cannot be used with/ })
})
