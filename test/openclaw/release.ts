import * as z from 'zod'

export const Release = z.object({
  version: z.string(),
  protocol: z.number(),
  store: z.enum(['files', 'sqlite']),
  /** Its program. */
  entry: z.string(),
  /** The Node.js that runs it. */
  node: z.string(),
})
export type Release = z.infer<typeof Release>

/** The installed release that these tests are run against; `run.mjs` names it. */
export function testedRelease(): Release {
  const { OPENCLAW_TEST_RELEASE: text } = process.env
  if (text === undefined) throw new Error('run these tests with: npm run test:openclaw')
  return Release.parse(JSON.parse(text))
}
