import { readFile } from 'node:fs/promises'
import { isLiving } from '../../../system/living-process.js'

/** Highest process id of any system; 0 and negative ones mean groups of processes. */
const MAX_PID = 0x7fff_ffff
/** Fields after the command in `/proc/<pid>/stat`, from 0: its state is field 3 there, its start time field 22. */
const STATE_FIELD = 0
const START_FIELD = 19

export interface ProcessState {
  readonly alive: boolean
  /** Clock ticks since boot at which it started; `null` where the system does not tell. */
  readonly startTicks: number | null
}

export function isPid(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_PID
}

/** Whether a process lives, and when it started. One that ended and waits to be collected by its parent is dead. */
export async function processState(pid: number): Promise<ProcessState> {
  if (!isLiving(pid)) return { alive: false, startTicks: null }
  try {
    // The command stands in parentheses and may hold spaces and parentheses itself.
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[START_FIELD])
    return {
      alive: !['Z', 'X'].includes(fields[STATE_FIELD] ?? ''),
      startTicks: Number.isFinite(ticks) ? ticks : null,
    }
  } catch {
    // No such file system, or the process ended in this moment.
    return { alive: isLiving(pid), startTicks: null }
  }
}
