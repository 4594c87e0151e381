// stands at: src/manager/control.ts
// says: manager/ serves every surface: what is HTTP belongs to http/
// fine at: src/http/routes/control.ts
import type { FastifyReply } from 'fastify'

export type Reply = FastifyReply
