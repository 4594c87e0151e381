import { crc32, deflateSync } from 'node:zlib'
import type { Random } from '../random.js'
import type { Picture } from './script.js'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const TRUE_COLOUR = 2

/** A small PNG of sky over water, as a camera on the quay sees it on a day without detail. */
export function quayPicture(random: Random): Picture {
  const width = 24
  const height = 16
  const horizon = random.int(5, 10)
  const sky = [random.int(120, 200), random.int(150, 210), 230]
  const sea = [20, random.int(70, 110), random.int(90, 140)]
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = y < horizon ? sky : sea
      rows.set(
        colour.map((value) => Math.min(255, value + random.int(0, 12))),
        y * (1 + width * 3) + 1 + x * 3,
      )
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, TRUE_COLOUR], 8)
  const png = Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
  return { data: png.toString('base64'), mimeType: 'image/png' }
}

/** Length, name, data, checksum of name and data. Source: PNG specification §5.3. */
function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
