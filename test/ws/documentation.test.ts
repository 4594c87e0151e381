import { readFileSync } from 'node:fs'
import t from 'tap'
import { CLOSE_CODES } from '../../src/contract/close-code.js'
import { METHODS } from '../../src/surfaces/ws/methods/index.js'

const page = readFileSync(new URL('../../docs/websocket.md', import.meta.url), 'utf8')

/** The rows of the table below a heading. */
function table(heading: string): string[] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return section
    .split('\n')
    .filter((text) => text.startsWith('| '))
    .slice(2)
}

t.test('the page has every method with its scope', async (t) => {
  const rows = METHODS.map(({ name, scope }) => `| \`${name}\` | ${scope.split('.')[1]} |`)
  t.same(table('Methods'), rows)
})

t.test('the page has every close code with its rule', async (t) => {
  const rows = Object.values(CLOSE_CODES).map(
    ({ code, meaning, reason, reconnect }) =>
      `| ${code} | ${reason} | \`${reconnect}\` | ${meaning} |`,
  )
  t.same(table('Close codes'), rows)
})

t.test('close codes can be sent, and each reason once', async (t) => {
  const facts = Object.values(CLOSE_CODES)
  t.equal(new Set(facts.map(({ code }) => code)).size, facts.length)
  for (const { code, reason } of facts) {
    t.ok(Buffer.byteLength(reason) <= 123, reason)
    t.ok(code < 1015 || (code >= 4000 && code < 5000), String(code))
  }
})
