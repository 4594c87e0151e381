/** Where bytes are read from: an open file, or what was read of one. Source: `FileHandle.read`. */
export interface ByteSource {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>
}

/** Bytes read at a time. */
const CHUNK_BYTES = 1024 * 1024

export interface Chunk {
  /** Valid until the chunk after the next is asked for. */
  readonly bytes: Buffer
  readonly position: number
}

/**
 * The bytes between two offsets, chunk by chunk; while one is looked at, the next is being read. Fewer where the file
 * was cut short meanwhile.
 */
export async function* readChunks(
  source: ByteSource,
  from: number,
  to: number,
): AsyncGenerator<Chunk> {
  const size = Math.min(CHUNK_BYTES, Math.max(0, to - from))
  const buffers: Buffer[] = []
  const read = (position: number, turn: number) => {
    if (position >= to) return Promise.resolve({ bytesRead: 0 })
    // The second one is needed for long stretches, and where the file ends before the stretch does.
    const buffer = buffers[turn % 2] ?? Buffer.allocUnsafe(size)
    buffers[turn % 2] = buffer
    return source.read(buffer, 0, Math.min(size, to - position), position)
  }
  let position = from
  let reading = read(position, 0)
  for (let turn = 0; ; turn++) {
    const { bytesRead } = await reading
    if (bytesRead === 0) return
    const chunk = { bytes: (buffers[turn % 2] as Buffer).subarray(0, bytesRead), position }
    position += bytesRead
    reading = read(position, turn + 1)
    // Not awaited when the consumer stops here; it must not become an unhandled rejection.
    reading.catch(() => undefined)
    yield chunk
  }
}

/** The bytes between two offsets; fewer where the file ends before. */
export async function readBytes(source: ByteSource, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, to - from))
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await source.read(buffer, filled, buffer.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
