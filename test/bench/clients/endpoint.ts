/** Where to ask: a port of this machine, and the headers that every request carries. */
export interface Endpoint {
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
}

/** A GET request as bytes. */
export function requestBytes(
  { port, headers }: Endpoint,
  path: string,
  more: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers, ...more })
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  )
}
