import { acquireLock } from '../../../../src/stores/openclaw/writing/file-lock.js'

/** A process that takes the lock of a file, says so, and lets go when it is told to. */
const [target = ''] = process.argv.slice(2)
const lock = await acquireLock(target, { staleMs: 30_000 })
process.send?.('locked')
process.once('message', async () => {
  await lock.release()
  process.disconnect()
})
