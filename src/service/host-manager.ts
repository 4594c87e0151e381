import {
  type HostManager,
  OPTIONAL_METHODS,
  type OptionalMethod,
  type SessionManager,
} from '../contract/manager.js'
import { SessionsError } from '../errors.js'

const READ_ONLY =
  'The sessions of this host are only read and controlled here: change them where they are kept.'
const NO_TRAJECTORY =
  'The session manager of this service keeps no trajectories; read the history instead.'

const ABSENT: Readonly<Record<OptionalMethod, string>> = {
  archive: READ_ONLY,
  cleanup: READ_ONLY,
  compact: READ_ONLY,
  delete: READ_ONLY,
  events:
    'The session manager of this service has no event stream; list the sessions again instead.',
  export: 'The session manager of this service exports nothing; read the history instead.',
  exportTrajectory: NO_TRAJECTORY,
  followTrajectory: NO_TRAJECTORY,
  patch: READ_ONLY,
  trajectory: NO_TRAJECTORY,
}

/** A host's manager with every method; those that it does not have throw `not_supported`. */
export function completeManager(host: HostManager): SessionManager {
  const missing = new Set<string | symbol>(OPTIONAL_METHODS.filter((name) => !host[name]))
  if (missing.size === 0) return host as SessionManager
  return new Proxy(host as SessionManager, {
    get(target, name) {
      if (missing.has(name)) return () => refuse(name as OptionalMethod)
      const value = Reflect.get(target, name)
      // Methods of a class with private fields work on its own instance only.
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

async function refuse(name: OptionalMethod): Promise<never> {
  throw new SessionsError('not_supported', ABSENT[name])
}
