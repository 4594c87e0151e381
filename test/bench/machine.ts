import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** What the figures were taken on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  readonly kernel: string
  /** Open files that a process may have. */
  readonly descriptors: string
  /** Version of `wrk`; `null` where it is not installed. */
  readonly wrk: string | null
}

/** This machine. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    kernel: `${type()} ${release()}`,
    descriptors: execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim(),
    wrk: wrkVersion(),
  }
}

/** The machine in a line of words. */
export function machineText(machine: Machine): string {
  const { cores, cpu, descriptors, kernel, memoryGiB, node, wrk } = machine
  const load = wrk === null ? 'wrk is not installed' : `wrk ${wrk}`
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, ${kernel}, ${descriptors} open files, ${load}`
}

function wrkVersion(): string | null {
  try {
    // It exits with 1 after its version.
    const text = execFileSync('sh', ['-c', 'wrk -v 2>&1 || true'], { encoding: 'utf8' })
    return /^wrk (\S+)/.exec(text)?.[1]?.replace(/^debian\//, '') ?? null
  } catch {
    return null
  }
}
