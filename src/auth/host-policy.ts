import { isIPv4 } from 'node:net'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1']

/** True for addresses and names that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = bareHost(host)
  return LOOPBACK_NAMES.includes(name) || (isIPv4(name) && name.startsWith('127.'))
}

/**
 * Host names that a server bound to `bind` answers to, or `null` for any. On a loopback bind only loopback names and
 * the configured ones: a web page could otherwise reach it by pointing its own name here (DNS rebinding). On another
 * bind the names are not known, so only a configured list limits them.
 */
export function allowedHostsFor(bind: string, configured: readonly string[]): string[] | null {
  if (!isLoopback(bind) && configured.length === 0) return null
  return [...new Set([...LOOPBACK_NAMES, bareHost(bind), ...configured.map(bareHost)])]
}

/** Whether a `Host` header names one of them; the port does not count. */
export function hostAllowed(
  header: string | undefined,
  allowed: readonly string[] | null,
): boolean {
  if (allowed === null) return true
  return header !== undefined && allowed.includes(bareHost(header))
}

/** `[::1]:80`, `Localhost:80`, `localhost.` → the bare name in lower case. */
function bareHost(host: string): string {
  const text = host.trim().toLowerCase()
  const bracketed = /^\[([^\]]+)\](:\d+)?$/.exec(text)
  if (bracketed?.[1] !== undefined) return bracketed[1]
  const name = text.split(':').length === 2 ? text.replace(/:\d*$/, '') : text
  return name.replace(/\.$/, '')
}
