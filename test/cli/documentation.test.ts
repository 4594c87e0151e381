import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ROOT, run } from './process.js'

const page = await readFile(join(ROOT, 'docs/command-line.md'), 'utf8')
const { out: help } = await run(['--help'])

/** Of the help of the program. */
const commands = [
  ...help.matchAll(/^ {2}([a-z-]+)(?:\|\w+)? .*(?:\[options\]|<|make, show)/gm),
].map(([, name = '']) => name)

t.test('the page has every command', async (t) => {
  t.ok(commands.length > 15)
  const table = page.split('## Commands')[1]?.split('\n## ')[0] ?? ''
  const first = table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) =>
      [...(line.split(' | ')[0] ?? '').matchAll(/`([a-z-]+)/g)].map(([, name]) => name),
    )
  t.strictSame(new Set(first), new Set(commands))
})

t.test('every command has examples and says so in a few lines', async (t) => {
  for (const name of commands) {
    const { code, out } = await run([name, '--help'])
    t.equal(code, 0, name)
    if (name !== 'tokens')
      t.match(out, /\nExamples?:\n {2}(\S+=\S+ )?(source <\()?openclaw-sessions/, name)
  }
})
