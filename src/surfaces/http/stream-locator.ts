import type { Services } from './operation.js'
import { decodeKey, segments, splitTarget } from './path.js'
import { hasKey, type RouteTable } from './route-table.js'

/** Finds the stream that a path opens, as a client would write it: with the prefix of the mount, or as documented. */
export function streamLocator(table: RouteTable, prefix: string): Services['streamAt'] {
  const mountedAt = segments(prefix).filter((segment) => segment !== '')
  return (path) => {
    const parts = segments(splitTarget(path).path)
    const match = table.find(belowPrefix(parts, mountedAt)) ?? table.find(parts)
    const stream = match?.endpoint.operations.get('GET')?.stream
    if (match === null || match === undefined || stream === undefined) return null
    const key = hasKey(match.endpoint) ? decodeKey(match.parameter) : null
    return { operation: stream, key }
  }
}

function belowPrefix(parts: readonly string[], prefix: readonly string[]): readonly string[] {
  const inside = prefix.every((segment, at) => segment.startsWith(':') || segment === parts[at])
  return inside ? parts.slice(prefix.length) : parts
}
