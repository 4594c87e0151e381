// stands at: src/auth/token-service.ts
// says: One authenticator serves every surface
import type { FastifyRequest } from 'fastify'

export type Request = FastifyRequest
