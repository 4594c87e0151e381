import * as zlib from 'node:zlib'
import { SessionsError } from '../../../errors.js'

/** Frames may ask for a window of gigabytes before a byte of them is read; OpenClaw's ask for what their text takes. */
const MAX_WINDOW_BYTES = 8 * 1024 * 1024

const MAGIC = 0xfd2fb528

/** In Node from 22.15 on, which the types of Node 20 do not know. */
interface ZstdZlib {
  zstdDecompressSync?(data: Buffer, options: { maxOutputLength: number }): Buffer
}

/** Bytes of a zstd frame; `null` when it is damaged, or would be longer than `maxBytes`. Source: RFC 8878. */
export async function unzstd(data: Buffer, maxBytes: number): Promise<Buffer | null> {
  const window = windowOf(data)
  if (window === null || window > Math.max(maxBytes, MAX_WINDOW_BYTES)) return null
  try {
    const { zstdDecompressSync } = zlib as ZstdZlib
    if (zstdDecompressSync) return zstdDecompressSync(data, { maxOutputLength: maxBytes })
    return await unzstdInScript(data, maxBytes)
  } catch {
    // Both say in many ways that a frame is damaged or too long.
    return null
  }
}

/** Block by block, so that a small frame that says "a gigabyte of zeros" is left after its first megabytes. */
async function unzstdInScript(data: Buffer, maxBytes: number): Promise<Buffer | null> {
  const { Decompress } = await import('fzstd')
  const chunks: Uint8Array[] = []
  let bytes = 0
  const stream = new Decompress((chunk) => {
    bytes += chunk.length
    if (bytes > maxBytes) throw new SessionsError('internal', 'A packed event is too long.')
    chunks.push(chunk)
  })
  stream.push(data, true)
  return Buffer.concat(chunks)
}

/** Bytes that a decoder needs for a frame's window; `null` for what is no frame. Source: RFC 8878 §3.1.1.1. */
function windowOf(data: Buffer): number | null {
  if (data.length < 9 || data.readUInt32LE(0) !== MAGIC) return null
  const descriptor = data.readUInt8(4)
  const isSingle = (descriptor & 0x20) !== 0
  if (!isSingle) {
    const window = data.readUInt8(5)
    const base = 2 ** (10 + (window >> 3))
    return base + (base / 8) * (window & 7)
  }
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] as number)
  const size = descriptor >> 6
  if (data.length < at + 8) return size === 0 ? data.readUInt8(at) : null
  if (size === 0) return data.readUInt8(at)
  if (size === 1) return data.readUInt16LE(at) + 256
  return size === 2 ? data.readUInt32LE(at) : Number(data.readBigUInt64LE(at))
}
