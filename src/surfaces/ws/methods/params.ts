import * as z from 'zod'

/** A parameter that names something. */
export const name = z.string().min(1).max(4096)
export const count = z.int().min(1)
export const none = z.strictObject({})
