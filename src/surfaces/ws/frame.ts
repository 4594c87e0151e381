import { RequestFrame, type ResponseFrame, type WsError } from '../../contract/ws.js'
import { parseJson } from '../../system/well-formed.js'
import { complaintOf } from './complaint.js'

/** Stands in place of the id of a frame that has none; the same as OpenClaw's. */
const NO_ID = 'invalid'

export type ReadFrame =
  | { readonly ok: true; readonly request: RequestFrame }
  | { readonly ok: false; readonly id: string; readonly message: string }

/** The request in a text frame, or what is wrong with it in OpenClaw's words. Never throws. */
export function readFrame(text: string): ReadFrame {
  const value = valueIn(text)
  const parsed = RequestFrame.safeParse(value)
  if (parsed.success) return { ok: true, request: parsed.data }
  const complaint = value === undefined ? 'must be JSON' : complaintOf(parsed.error, value)
  return { ok: false, id: idOf(value), message: `invalid request frame: ${complaint}` }
}

/** Text as it goes to a client: whole, or in parts of which some are shared with other clients. */
export type WsFrame = string | readonly (string | Buffer)[]

/** A payload whose larger part was made into JSON before, and is shared by all answers that are equal. */
export class SharedPayload {
  /** `own` has at least one field; `shared` is a JSON object with at least one. */
  constructor(
    readonly own: object,
    readonly shared: Buffer,
  ) {}
}

export function answerFrame(id: string, payload: unknown): WsFrame {
  if (payload instanceof SharedPayload) return framesOf(id, payload)
  return JSON.stringify({
    type: 'res',
    id,
    ok: true,
    payload: payload ?? {},
  } satisfies ResponseFrame)
}

function framesOf(id: string, { own, shared }: SharedPayload): WsFrame {
  const head = JSON.stringify({ type: 'res', id, ok: true, payload: own } satisfies ResponseFrame)
  // In place of the last two braces come a comma, the shared object without its first brace, and the last brace.
  return [`${head.slice(0, -2)},`, shared.subarray(1), '}']
}

export function refusalFrame(id: string, error: WsError): string {
  return JSON.stringify({ type: 'res', id, ok: false, error } satisfies ResponseFrame)
}

/** Undefined for what is not JSON, which JSON itself cannot say. */
function valueIn(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

function idOf(value: unknown): string {
  const given = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : null
  const id = RequestFrame.shape.id.safeParse(given)
  return id.success ? id.data : NO_ID
}
