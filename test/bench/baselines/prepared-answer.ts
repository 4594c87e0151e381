/** Baseline: `node:http` and nothing else. Argument 0 is a file with the body; with argument 1, an ETag, it answers 304. */
import { readFileSync } from 'node:fs'
import { argument, listen } from './listen.js'

const body = readFileSync(argument(0))
const etag = process.argv[3]

listen((_request, response) => {
  if (etag !== undefined) {
    response.writeHead(304, { etag })
    response.end()
    return
  }
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  })
  response.end(body)
})
