import { Scope } from '../../contract/grant.js'
import type { Operation } from './operation.js'
import { segments } from './path.js'

const PARAMETER = /^\{\w+\}$/

/** All that is served at one path template. */
export interface Endpoint {
  readonly template: string
  readonly operations: ReadonlyMap<string, Operation>
  /** Value of the `Allow` header. */
  readonly allow: string
}

export interface Match {
  readonly endpoint: Endpoint
  /** The raw segment in place of the template's parameter; empty when it has none. */
  readonly parameter: string
}

/** True where the template's parameter is a session key. */
export function hasKey(endpoint: Endpoint): boolean {
  return endpoint.template.includes('{key}')
}

/** Where the router hands over to the table: a fixed path, or all paths below one. */
export interface Mount {
  readonly path: string
  readonly wildcard: boolean
  readonly streams: boolean
  /** Takes the raw segments below the mount; `null` is a 404. */
  match(tail: readonly string[]): Match | null
}

/**
 * The routes as data. Everything about a path that is not its handler (405 and `Allow`, OPTIONS, HEAD, what a ticket
 * opens, the OpenAPI document) is read from here. Throws on a row without a scope, and on two rows for one place.
 */
export class RouteTable {
  readonly operations: readonly Operation[]
  readonly mounts: readonly Mount[]

  constructor(operations: readonly Operation[], options: { shortPaths: boolean }) {
    for (const operation of operations) assertScope(operation)
    assertUnique(operations.map((operation) => operation.operationId))
    this.operations = operations
    this.mounts = mountsOf(endpointsOf(operations, options.shortPaths))
  }

  /** What is at a path given as raw segments, without looking at the method. */
  find(path: readonly string[]): Match | null {
    for (const mount of this.mounts) {
      const tail = below(mount, path)
      const match = tail === null ? null : mount.match(tail)
      if (match !== null) return match
    }
    return null
  }
}

/** Paths of an operation; the first is the one that is documented. */
export function pathsOf(operation: Operation, shortPaths: boolean): string[] {
  if (operation.longPath === undefined) return [operation.path]
  return shortPaths ? [operation.path, operation.longPath] : [operation.longPath]
}

function assertScope(operation: Operation): void {
  const scope: string | undefined = operation.scope
  if (scope === 'public' || Scope.safeParse(scope).success) return
  throw new TypeError(
    `Operation ${operation.operationId} declares no scope: say operator.read, operator.write, operator.admin or public.`,
  )
}

function assertUnique(names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new TypeError(`The route table states ${twice} twice.`)
}

function endpointsOf(operations: readonly Operation[], shortPaths: boolean): Endpoint[] {
  const byPath = new Map<string, Map<string, Operation>>()
  for (const operation of operations) {
    for (const path of pathsOf(operation, shortPaths)) {
      const methods = byPath.get(path) ?? new Map<string, Operation>()
      if (methods.has(operation.method))
        throw new TypeError(`The route table states ${operation.method} ${path} twice.`)
      byPath.set(path, methods.set(operation.method, operation))
    }
  }
  return [...byPath].map(([template, methods]) => ({
    template,
    operations: methods,
    allow: allowOf([...methods.keys()]),
  }))
}

function allowOf(methods: string[]): string {
  const head = methods.includes('GET') ? ['HEAD'] : []
  return [...methods, ...head, 'OPTIONS'].join(', ')
}

function mountsOf(endpoints: readonly Endpoint[]): Mount[] {
  const below = new Map<string, Map<string, Endpoint>>()
  const mounts: Mount[] = []
  for (const endpoint of endpoints) {
    const parts = segments(endpoint.template)
    const at = parts.findIndex((part) => PARAMETER.test(part))
    if (at < 0) {
      mounts.push(fixedMount(endpoint))
      continue
    }
    const root = `/${parts.slice(0, at).join('/')}`
    const suffixes = below.get(root) ?? new Map<string, Endpoint>()
    below.set(root, suffixes.set(parts.slice(at + 1).join('/'), endpoint))
  }
  return [...mounts, ...[...below].map(([root, suffixes]) => wildcardMount(root, suffixes))]
}

function fixedMount(endpoint: Endpoint): Mount {
  return {
    path: endpoint.template,
    wildcard: false,
    streams: canStream(endpoint),
    match: (tail) => (tail.length === 0 ? { endpoint, parameter: '' } : null),
  }
}

function wildcardMount(path: string, suffixes: ReadonlyMap<string, Endpoint>): Mount {
  return {
    path,
    wildcard: true,
    streams: [...suffixes.values()].some(canStream),
    match([parameter = '', ...rest]) {
      const endpoint = suffixes.get(rest.join('/'))
      return endpoint === undefined ? null : { endpoint, parameter }
    },
  }
}

function canStream(endpoint: Endpoint): boolean {
  return [...endpoint.operations.values()].some((operation) => operation.stream !== undefined)
}

function below(mount: Mount, path: readonly string[]): readonly string[] | null {
  const root = segments(mount.path)
  if (!root.every((segment, at) => segment === path[at])) return null
  const tail = path.slice(root.length)
  return mount.wildcard === tail.length > 0 ? tail : null
}
