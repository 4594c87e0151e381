// stands at: src/core/control/control.ts
// says: core/ serves every surface: what is HTTP belongs to http/
// fine at: src/surfaces/http/routes/control.ts
import type { FastifyReply } from 'fastify'

export type Reply = FastifyReply
