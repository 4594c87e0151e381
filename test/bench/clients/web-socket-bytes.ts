import { randomBytes } from 'node:crypto'

/** Headers of an upgrade. Source: RFC 6455 §4.1. */
export const UPGRADE: Readonly<Record<string, string>> = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': randomBytes(16).toString('base64'),
}

/** A client's text frame of less than 64 KiB, masked with zeros. Source: RFC 6455 §5.2. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const mask = Buffer.alloc(4)
  if (payload.length < 126)
    return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload])
  const head = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff])
  return Buffer.concat([head, mask, payload])
}
