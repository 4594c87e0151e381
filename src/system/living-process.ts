import { systemCode } from './system-code.js'

/** True while there is a process of this id. Signal 0 only asks; `EPERM` is the answer of one of another user. */
export function isLiving(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}
