import t from 'tap'
import { allowedHostsFor, hostAllowed, isLoopback } from '../../src/auth/index.js'

const cases: [bind: string, configured: string[], header: string | undefined, allowed: boolean][] =
  [
    ['127.0.0.1', [], 'localhost:18790', true],
    ['127.0.0.1', [], '127.0.0.1:18790', true],
    ['127.0.0.1', [], 'LOCALHOST', true],
    ['127.0.0.1', [], 'localhost.:80', true],
    ['127.0.0.1', [], '[::1]:18790', true],
    ['::1', [], '[::1]', true],
    ['127.0.0.2', [], '127.0.0.2:1', true],
    ['127.0.0.1', [], 'evil.test', false],
    ['127.0.0.1', [], 'localhost.evil.test', false],
    ['127.0.0.1', [], '127.0.0.1.evil.test:18790', false],
    ['127.0.0.1', [], '10.0.0.1', false],
    ['127.0.0.1', [], undefined, false],
    ['127.0.0.1', [], '', false],
    ['127.0.0.1', ['Agents.lan:8080'], 'agents.lan:18790', true],
    ['0.0.0.0', [], 'anything.test', true],
    ['0.0.0.0', ['agents.lan'], 'agents.lan', true],
    ['0.0.0.0', ['agents.lan'], 'localhost:18790', true],
    ['0.0.0.0', ['agents.lan'], 'evil.test', false],
    ['192.168.1.5', ['agents.lan'], '192.168.1.5:18790', true],
  ]

t.test('a Host header is allowed by name', async (t) => {
  for (const [bind, configured, header, allowed] of cases)
    t.equal(
      hostAllowed(header, allowedHostsFor(bind, configured)),
      allowed,
      `${header} at ${bind} with ${configured}`,
    )
})

t.test('loopback is what only this machine reaches', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]']) t.ok(isLoopback(host))
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.test']) t.notOk(isLoopback(host))
})
