import type { FastifyReply } from 'fastify'

/** Adds names to `Vary`, keeping those that the host has set. */
export function addVary(reply: FastifyReply, names: string): void {
  const present = reply.getHeader('vary')
  reply.header('vary', present === undefined ? names : `${String(present)}, ${names}`)
}
