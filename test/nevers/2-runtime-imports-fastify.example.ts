// stands at: src/demo/scheduler.ts
// says: A runtime speaks no HTTP and writes no log
import type { FastifyInstance } from 'fastify'

export type Host = FastifyInstance
