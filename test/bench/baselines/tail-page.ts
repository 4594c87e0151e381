/**
 * Baseline: `node:http` that reads the last lines of a file, parses them and makes JSON of them, for every request.
 * Argument 0 is the file, 1 the number of lines.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { argument, listen } from './listen.js'

/** Read first from the end, which has a page of short lines; then as much again as is there. */
const STEP_BYTES = 64 * 1024
const NEWLINE = 0x0a

const path = argument(0)
const wanted = Number(argument(1))

listen(async (_request, response) => {
  const messages = (await lastLines(path, wanted)).map((line) => JSON.parse(line).message)
  const body = Buffer.from(JSON.stringify({ messages }))
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  })
  response.end(body)
})

async function lastLines(file: string, count: number): Promise<string[]> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    let tail = Buffer.alloc(0)
    let from = size
    while (from > 0 && newlines(tail) <= count) {
      const step = Math.min(Math.max(STEP_BYTES, tail.length), from)
      from -= step
      tail = Buffer.concat([await readAt(handle, from, step), tail])
    }
    return tail.toString('utf8').trimEnd().split('\n').slice(-count)
  } finally {
    await handle.close()
  }
}

async function readAt(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  const { bytesRead } = await handle.read(buffer, 0, length, from)
  return buffer.subarray(0, bytesRead)
}

function newlines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}
