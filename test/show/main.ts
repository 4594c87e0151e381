/** `npm run show:control [-- demo in-process 2026.5.28 2026.9.6]`: control as a terminal shows it; fails when it is not so. */
import { Closing } from '../cleanup.js'
import { releases } from './releases.js'
import type { Stage } from './stage.js'
import { demoStage } from './stages/demo.js'
import { gatewayStage } from './stages/gateway.js'
import { inProcessStage } from './stages/in-process.js'
import { Story } from './story.js'
import { Terminal } from './terminal.js'

const STAGES: Readonly<Record<string, (closing: Closing) => Promise<Stage>>> = {
  demo: demoStage,
  'in-process': inProcessStage,
  '2026.5.28': async (closing) => gatewayStage(await releases.install('2026.5.28'), closing),
  '2026.9.6': async (closing) => gatewayStage(await releases.install('2026.9.6'), closing),
}

/** Exit code after a signal, as shells count. */
const SIGNALLED = 130

const terminal = new Terminal()
const wanted = process.argv.slice(2)
const names = wanted.length > 0 ? wanted : Object.keys(STAGES)
const unknown = names.filter((name) => !(name in STAGES))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no ${unknown.join(', ')}; there are ${Object.keys(STAGES).join(', ')}.\n`,
  )
  process.exit(2)
}

await terminal.showFunctions()
for (const name of names) await show(name)
const { claims, failed } = terminal.count
terminal.heading(
  failed === 0 ? `All ${claims} claims hold.` : `${failed} of ${claims} claims do not hold.`,
)
process.exitCode = failed === 0 ? 0 : 1

async function show(name: string): Promise<void> {
  const closing = new Closing()
  const interrupted = () => void closing.close().finally(() => process.exit(SIGNALLED))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    const stage = await STAGES[name]?.(closing)
    if (stage !== undefined) await new Story(stage, terminal, closing).play()
  } catch (error) {
    terminal.claim(`${name} can be shown: ${error}`, false)
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await closing.close()
  }
}
