import type { Row } from './row.js'

/** True when two compositions of a row say the same. Some ten times faster than a comparison of any two values. */
export function sameRow(a: Row, b: Row): boolean {
  return sameFields(a, b, ['session']) && sameFields(a.session, b.session)
}

function sameFields<T extends object>(a: T, b: T, except: readonly string[] = []): boolean {
  for (const name of Object.keys(a) as (keyof T & string)[])
    if (!except.includes(name) && !sameField(a[name], b[name])) return false
  return true
}

function sameField(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b)
  return a.length === b.length && a.every((item, index) => item === b[index])
}
