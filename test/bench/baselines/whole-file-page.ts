/**
 * Baseline of the plotted curve: `node:http` that reads the whole file, parses every line and answers with the last
 * ones, for every request. Argument 0 is a folder of files, the path of a request names one of them, 1 the number of lines.
 */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { argument, listen } from './listen.js'

const NEWLINE = 0x0a

const folder = argument(0)
const wanted = Number(argument(1))

listen(async (request, response) => {
  const bytes = await readFile(join(folder, basename(request.url ?? '')))
  const messages: unknown[] = []
  // Line by line: a gigabyte is no string.
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from)
    const to = newline === -1 ? bytes.length : newline
    const { message } = JSON.parse(bytes.toString('utf8', from, to))
    if (message !== undefined) messages.push(message)
    from = to + 1
  }
  const body = Buffer.from(JSON.stringify({ messages: messages.slice(-wanted) }))
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  })
  response.end(body)
})
