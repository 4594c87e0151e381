/** Baseline: reads a file once from its start to its end, in pieces of 1 MiB. Argument 0 is the file. */
import { closeSync, openSync, readSync } from 'node:fs'
import { stayForQuestions, tell } from '../processes/channel.js'
import { argument } from './listen.js'

const buffer = Buffer.allocUnsafe(1024 * 1024)

const begun = performance.now()
const file = openSync(argument(0), 'r')
let bytes = 0
for (let read = -1; read !== 0; bytes += read) read = readSync(file, buffer)
closeSync(file)
tell('done', { ms: performance.now() - begun, bytes })
stayForQuestions()
