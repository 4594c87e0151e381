import { stat } from 'node:fs/promises'
import { isLoopback } from '../auth/index.js'

/**
 * Compares what a gateway calls its state directory with the one that is read here. A path says something on this machine
 * only, and not even here where the gateway is in a container: what cannot be looked at is `unknown`.
 */
export function locateBeside(stateDir: string) {
  return async (told: string, url: string): Promise<'here' | 'elsewhere' | 'unknown'> => {
    if (!isLoopback(new URL(url).hostname)) return 'unknown'
    const [theirs, ours] = await Promise.all([identityOf(told), identityOf(stateDir)])
    if (theirs === null || ours === null) return 'unknown'
    return theirs === ours ? 'here' : 'elsewhere'
  }
}

/** Links and other spellings of a path lead to the same one. */
async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    // Not there, or not ours to look at.
    return null
  }
}
