import { parseKey } from '../../contract/key.js'
import type { StoredSession } from '../../contract/store.js'

const GROUP_ID = /(?:^|:)(?:group|channel):(.+)$/s

/** What OpenClaw shows for a session: its own name, else one made of the channel, else a label. Source: formats 2026.4 §8, 2026.5 §4. */
export function displayNameOf(stored: StoredSession, channel: string | null): string | null {
  return (
    stored.displayName ??
    (channel === null ? null : `${channel}:g-${slug(placeOf(stored))}`) ??
    stored.label ??
    stored.originLabel
  )
}

function placeOf({ groupChannel, groupId, key, space, subject }: StoredSession): string {
  if (groupChannel !== null && space !== null) return `${space}#${groupChannel.replace(/^#/, '')}`
  const named = groupChannel ?? subject ?? space
  return named ?? groupId ?? GROUP_ID.exec(parseKey(key).rest)?.[1] ?? key
}

function slug(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}#@._+-]+/gu, '-')
    .replaceAll(/-{2,}/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
}
