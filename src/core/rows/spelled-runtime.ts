import { foldKey } from '../../contract/key.js'
import { canLook, type Runtime, type RuntimeSession } from '../../contract/runtime.js'
import { SessionsError } from '../../errors.js'
import { Recents } from '../../system/lru.js'
import type { Spellings } from './spellings.js'

/** Keys of a runtime that are in no row's spelling and are remembered; older gateways write all of theirs in lower case. */
const MAX_HEARD = 10_000

/**
 * The runtime by the keys of rows. Some gateways spell a session in lower case whatever its store says: where no other
 * row differs from it in case only, that is the same session. Where one does, only the exact spelling counts.
 */
export function withSpellings(runtime: Runtime, ofRows: () => Spellings): Runtime {
  const heard = new Recents<string, string>({ max: MAX_HEARD })
  const known = (key: string): string => {
    if (runtime.session(key) !== null || ofRows().hasTwin(key)) return key
    const folded = foldKey(key)
    const other = [folded, heard.get(folded)].find(
      (one) => one !== undefined && one !== key && runtime.session(one) !== null,
    )
    return other ?? key
  }
  return {
    id: runtime.id,
    controls: runtime.controls,
    ...(runtime.notes === undefined ? {} : { notes: runtime.notes }),
    health: () => runtime.health(),
    session: (key) => withMeant(runtime.session(known(key)), ofRows()),
    async act(key, action, context) {
      if (runtime.ignoresCase && ofRows().hasTwin(key)) throw indistinct(key)
      await runtime.act(known(key), action, context)
    },
    async *changes(signal) {
      for await (const key of runtime.changes(signal)) {
        const folded = foldKey(key)
        if (folded !== key) heard.set(folded, key)
        yield* new Set([key, ...ofRows().of(key)])
      }
    },
    ...(canLook(runtime) ? { look: (key: string) => runtime.look(known(key)) } : {}),
    close: () => runtime.close(),
  }
}

/** A gateway that may take two sessions for one is not asked to change either. Others are not named: the caller may not see them. */
export function indistinct(key: string): SessionsError {
  return new SessionsError(
    'ambiguous_session',
    `Another session's key differs from ${key} in case only, and the gateway may take one for the other. Nothing was changed: stop the gateway, then change it here.`,
    { details: { keys: [key] } },
  )
}

function withMeant(session: RuntimeSession | null, spellings: Spellings): RuntimeSession | null {
  if (session === null || session.children.length === 0) return session
  return { ...session, children: session.children.map((child) => spellings.meant(child)) }
}
