import { dirname } from 'node:path'
import { temporaryName } from '../../../system/temporary-file.js'

/** The lock beside a file. Source: formats 2026.4 §9. */
export function lockPath(target: string): string {
  return `${target}.lock`
}

/** What only the one who takes over a stale lock holds. */
export function takeoverPath(lock: string): string {
  return `${lock}.takeover`
}

/** A name of its own beside a file, which OpenClaw's maintenance sweeps when its writer died. Source: formats 2026.4 §1. */
export function temporaryPath(target: string): string {
  return temporaryName(target)
}

export function folderOf(path: string): string {
  return dirname(path)
}
