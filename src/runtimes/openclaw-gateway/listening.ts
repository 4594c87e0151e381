import { once } from 'node:events'
import { connect } from 'node:net'

/** On one machine the answer takes less than a millisecond; a host that says nothing for so long is as good as away. */
const PATIENCE_MS = 2000

/** Whether something accepts connections at a URL, whatever it is. */
export async function isListening(url: string): Promise<boolean> {
  if (!URL.canParse(url)) return false
  const { hostname, port, protocol } = new URL(url)
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'wss:' ? 443 : 80),
  })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) })
    return true
  } catch {
    return false
  } finally {
    // A late failure of a socket that nobody waits for any more would end the process.
    socket.on('error', () => {}).destroy()
  }
}
