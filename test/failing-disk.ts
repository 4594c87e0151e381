import type { FileHandle } from 'node:fs/promises'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { Test } from 'tap'

type Call = (path: unknown, ...rest: unknown[]) => Promise<unknown>

const disk: Record<string, Call> = createRequire(import.meta.url)('node:fs/promises')

/** What is asked of the system. `read`: of a file that could be opened. */
export type DiskCall = 'lstat' | 'open' | 'read' | 'readdir' | 'stat'

export interface FailingDisk {
  /** Every such call of a path that ends so, or matches, fails with this code from now on. */
  fail(calls: readonly DiskCall[], where: string | RegExp, code: string): void
  mend(): void
}

/**
 * INJECTED errors: no disk here can be made to fail, and to root no file is forbidden. What `node:fs/promises` is asked in
 * this process fails as it would there.
 */
export function failingDisk(t: Test): FailingDisk {
  let failing: { calls: readonly DiskCall[]; where: string | RegExp; code: string } | null = null
  const refuse = (call: DiskCall, path: unknown) => {
    if (failing === null || !failing.calls.includes(call)) return
    const { code, where } = failing
    const text = String(path)
    if (typeof where === 'string' ? !text.endsWith(where) : !where.test(text)) return
    throw Object.assign(new Error(`${code}: injected, ${call}`), { code, errno: -1, syscall: call })
  }
  const real = { ...disk }
  for (const call of ['lstat', 'open', 'readdir', 'stat'] as const)
    disk[call] = async (path, ...rest) => {
      refuse(call, path)
      const result = await (real[call] as Call)(path, ...rest)
      return call === 'open' ? failingHandle(result as FileHandle, path) : result
    }
  syncBuiltinESMExports()
  t.teardown(() => {
    Object.assign(disk, real)
    syncBuiltinESMExports()
  })

  function failingHandle(handle: FileHandle, path: unknown): FileHandle {
    const read = handle.read.bind(handle) as (...of: unknown[]) => Promise<unknown>
    const failingRead = async (...of: unknown[]) => {
      refuse('read', path)
      return read(...of)
    }
    return Object.assign(handle, { read: failingRead })
  }

  return {
    fail: (calls, where, code) => {
      failing = { calls, where, code }
    },
    mend: () => {
      failing = null
    },
  }
}
