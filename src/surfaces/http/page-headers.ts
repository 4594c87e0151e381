import * as z from 'zod'

/** Of answers that are pages. */
export const PageHeaders = z.object({
  link: z
    .string()
    .optional()
    .meta({
      description: 'The next page, relative to this address; absent on the last one.',
      examples: ['<?limit=50&cursor=WzEsIm>; rel="next"'],
    }),
})
