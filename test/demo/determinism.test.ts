import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startDemoGateway } from '../../src/demo/index.js'
import { fingerprintOf } from './state-tree.js'
import { VirtualTimeline } from './virtual-timeline.js'

const START_MS = Date.UTC(2026, 10, 21, 6)

/** What is on disk after so many steps of somebody, each in a new folder. */
async function story(seed: number, wakes: number): Promise<Record<string, string>> {
  const stateDir = await mkdtemp(join(tmpdir(), 'demo-story-'))
  try {
    const timeline = new VirtualTimeline(START_MS)
    const demo = await startDemoGateway({ stateDir, seed, timeline })
    await timeline.advance(wakes)
    const files = fingerprintOf(stateDir)
    await demo.close()
    return files
  } finally {
    await rm(stateDir, { recursive: true })
  }
}

t.test('the same seed and clock write the same files, byte for byte', async (t) => {
  const first = await story(7, 500)
  t.ok(Object.keys(first).length > 20)
  t.strictSame(await story(7, 500), first)
})

t.test('another seed tells another story', async (t) => {
  const first = await story(7, 0)
  const second = await story(8, 0)
  t.not(Object.keys(first).join(), Object.keys(second).join())
  t.equal(first['openclaw.json'], second['openclaw.json'], 'of the same town')
})
