import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { HUGE_KINDS } from '../bench/data/huge-line.js'
import { killMeasuredProcesses } from '../bench/processes/measured-process.js'
import { serveHugeLine } from '../bench/subjects/huge-line.js'

/** Loaded whole, as text alone, each of these would take more than is allowed. */
const BYTES = 96 * 1024 * 1024
const MOST_MIB = 64

const dist = fileURLToPath(new URL('../../dist', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'huge-line-'))
t.teardown(() => {
  killMeasuredProcesses()
  rmSync(root, { recursive: true, force: true })
})

for (const kind of HUGE_KINDS) {
  t.test(`a huge line is served in bounded memory: ${kind}`, async (t) => {
    const facts = await serveHugeLine({ dist, dir: join(root, kind) }, kind, BYTES)
    const { messages } = JSON.parse(facts.page)
    t.match(
      messages.map((message: { __openclaw: unknown }) => message.__openclaw),
      [{ id: 'before' }, { id: 'huge' }, { id: 'after' }],
    )
    t.equal(messages[1].__openclaw.truncated, kind === 'NULs' ? undefined : true)
    t.equal(messages[1].content, 'text')
    t.ok(facts.peakMiB < MOST_MIB, `${facts.peakMiB} MiB`)
  })
}

t.test('a huge event of a recording is served in bounded memory', async (t) => {
  const facts = await serveHugeLine({ dist, dir: join(root, 'recording') }, 'recording', BYTES)
  const { events } = JSON.parse(facts.page)
  t.match(events, [{ type: 'prompt.submitted', truncated: true }])
  t.ok(facts.peakMiB < MOST_MIB, `${facts.peakMiB} MiB`)
})
