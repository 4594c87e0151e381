import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tell } from '../processes/channel.js'

/** Serves on a free port of this machine and tells the parent which. */
export function listen(handle: RequestListener): Server {
  const server = createServer(handle)
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () =>
    tell('listening', (server.address() as AddressInfo).port),
  )
  return server
}

/** The argument at this place of the command line. */
export function argument(index: number): string {
  const value = process.argv[index + 2]
  if (value === undefined) throw new Error(`argument ${index} is missing`)
  return value
}
