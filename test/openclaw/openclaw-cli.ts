import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { Release } from './release.js'

/** A cold start of the command line on a slow machine. */
const COMMAND_MS = 120_000

export interface Said {
  readonly exit: number
  readonly out: string
  /** Both of its outputs. */
  readonly text: string
}

/** OpenClaw's own command line in a home folder, whose state directory is `.openclaw`. Fails with no exit code only. */
export function openclawCli({ entry, node }: Release, home: string) {
  const { NODE_OPTIONS: _, ...env } = process.env
  const options = {
    cwd: home,
    timeout: COMMAND_MS,
    env: { ...env, HOME: home, OPENCLAW_STATE_DIR: join(home, '.openclaw'), NO_COLOR: '1' },
  }
  return (...words: string[]): Promise<Said> =>
    new Promise((resolve) => {
      execFile(node, [entry, ...words], options, (error, out, problems) =>
        resolve({ exit: Number(error?.code ?? 0), out, text: `${out}\n${problems}` }),
      )
    })
}

/** What a command printed as JSON, after whatever else it said. Throws when it failed. */
export function jsonOf({ exit, out, text }: Said): Record<string, unknown> {
  if (exit !== 0) throw new Error(text)
  return JSON.parse(out.slice(out.indexOf('{')))
}
