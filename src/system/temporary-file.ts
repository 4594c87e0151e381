import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isLiving } from './living-process.js'

/** `<target>.<UUID>.tmp`, as OpenClaw names them too; version 8 of the UUIDs (RFC 9562 §5.8) is ours and tells the writer. */
const NAME =
  /\.([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f])([0-9a-f]{3})-8([0-9a-f])[0-9a-f]{2}-[0-9a-f]{12}\.tmp$/
const ANY_NAME = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/

/** Of a writer that cannot be asked, because it ran on another machine or in another container. A write takes seconds. */
const ABANDONED_MS = 10 * 60_000

/** Where process ids mean something: one boot of one machine, and there one container. */
const PLACE = createHash('sha256')
  .update([hostname(), bootId(), pidNamespace()].join(' '))
  .digest('hex')
  .slice(0, 8)

/** A new name beside `target` for what is written before it is renamed; it tells who writes, for `sweepTemporaryFiles`. */
export function temporaryName(target: string): string {
  const pid = process.pid.toString(16).padStart(8, '0')
  const random = randomBytes(7).toString('hex')
  const uuid = [
    PLACE,
    pid.slice(0, 4),
    `8${pid.slice(4, 7)}`,
    `8${pid.slice(7)}${random.slice(0, 2)}`,
    random.slice(2),
  ]
  return `${target}.${uuid.join('-')}.tmp`
}

export interface SweepOptions {
  /** Which names are ours to look at. Default: all. */
  readonly accepts?: (name: string) => boolean
  /** Also take those that do not tell their writer, once they are old: true where nobody else writes. Default false. */
  readonly nameless?: boolean
}

/**
 * Removes temporary files that killed processes left in a folder; one whose writer lives stays. Never throws: what cannot
 * be removed is in nobody's way.
 */
export async function sweepTemporaryFiles(
  folder: string,
  { accepts = () => true, nameless = false }: SweepOptions = {},
): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const isOurs = NAME.exec(name)?.[3] === '8' || (nameless && ANY_NAME.test(name))
    if (!isOurs || !accepts(name)) continue
    const path = join(folder, name)
    if (await isAbandoned(name, path)) await rm(path, { force: true }).catch(() => undefined)
  }
}

async function isAbandoned(name: string, path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null)
  if (facts === null) return false
  const [, place, high, version, middle, low] = NAME.exec(name) ?? []
  const isTold = version === '8' && place === PLACE
  if (!isTold) return Date.now() - facts.mtimeMs > ABANDONED_MS
  const pid = Number.parseInt(`${high}${middle}${low}`, 16)
  // An id is given again: what has our own and is older than this process is of an earlier one.
  return pid === process.pid ? facts.mtimeMs < performance.timeOrigin : !isLiving(pid)
}

function bootId(): string {
  return orNothing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim())
}

function pidNamespace(): string {
  return orNothing(() => readlinkSync('/proc/self/ns/pid'))
}

/** Systems without `/proc` tell neither. */
function orNothing(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
