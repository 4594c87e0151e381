import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { commandsToTry } from '../../src/surfaces/cli/commands-to-try.js'

const SERVICE = {
  url: 'http://127.0.0.1:1',
  token: 'ocs_secret',
  program: ['/usr/bin/node', "/it's here/main.js"],
  tokensPath: '/data dir/$HOME/tokens.json',
  sessionKey: 'agent:main:main',
  canKill: false,
}

/** The words that a shell makes of a command. */
async function words(command: string): Promise<string[]> {
  const script = `curl() { for word; do printf '%s\\n' "$word"; done; }\n${command}`
  return (await promisify(execFile)('sh', ['-c', script])).stdout.trimEnd().split('\n')
}

t.test('a shell reads them as they were meant, whatever is in a key', async (t) => {
  const hostile = [
    "agent:main:o'brien",
    'agent:main:$(id)',
    'agent:main:a/b?c#d&e f',
    'agent:main:`x`"y"\\',
  ]
  for (const sessionKey of hostile) {
    const commands = commandsToTry({ ...SERVICE, sessionKey, canKill: true })
    t.equal(commands.length, 4)
    for (const { command } of commands.slice(1)) {
      const read = await words(command)
      t.ok(read.includes('Authorization: Bearer ocs_secret'))
      const { pathname } = new URL(read.at(-1) ?? '')
      t.equal(decodeURIComponent(pathname.split('/')[2] ?? ''), sessionKey)
    }
  }
})

t.test('without a session there is a list; without anybody to act, no kill', async (t) => {
  t.strictSame(commandsToTry({ ...SERVICE, sessionKey: null }).length, 1)
  const texts = commandsToTry(SERVICE).map(({ command }) => command)
  t.equal(texts.length, 3)
  t.notMatch(texts.join(), 'kill')
})

t.test('without a token in clear the first command makes one', async (t) => {
  const [make, list] = commandsToTry({ ...SERVICE, token: null })
  const quotedParts = [`'/it'\\''s here/main.js'`, `'/data dir/$HOME/tokens.json'`, '--expires 1h']
  for (const part of quotedParts) t.ok(make?.command.includes(part), part)
  const read = await words(`TOKEN=made; ${list?.command}`)
  t.ok(read.includes('Authorization: Bearer made'))
})
