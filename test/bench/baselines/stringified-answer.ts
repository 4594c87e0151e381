/** Baseline: `node:http` that makes JSON of the same object for every request. Argument 0 is a file with the JSON. */
import { readFileSync } from 'node:fs'
import { argument, listen } from './listen.js'

const object: unknown = JSON.parse(readFileSync(argument(0), 'utf8'))

listen((_request, response) => {
  const body = Buffer.from(JSON.stringify(object))
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  })
  response.end(body)
})
