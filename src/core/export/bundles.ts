import { type BundleRequest, type BundleSummary, writesBundles } from '../../contract/bundle.js'
import type { Grant } from '../../contract/grant.js'
import { SessionsError } from '../../errors.js'
import type { KeptRow } from '../rows/kept-row.js'

/** Has the store of a session write a bundle of it. Throws `outside_grant` and `not_supported`. */
export async function writeBundle(
  { store, stored }: KeptRow,
  request: BundleRequest,
  { redact }: Grant,
): Promise<BundleSummary> {
  if (redact !== 'none')
    throw new SessionsError(
      'outside_grant',
      'A bundle holds what was said, which this grant may not read: use one without redaction.',
    )
  if (writesBundles(store)) return store.writeBundle(stored, request)
  throw new SessionsError(
    'not_supported',
    `The store ${store.id} writes no bundles: export the transcript instead.`,
  )
}
