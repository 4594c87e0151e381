// Changes a transcript and a recording without a pause, as cuts, restores and crashed writers do, until it is told to end.
import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'

const [transcript, recording, sessionId] = process.argv.slice(2)
const SIZES = [0, 1, 30, 400, 3000]
let count = 0
let seed = 7
let going = true

process.on('message', () => {
  going = false
})

/** Not of Math: a run that fails can be run again. */
function random(below) {
  seed = (seed * 1103515245 + 12345) % 2147483648
  return Math.floor((seed / 2147483648) * below)
}

const FILES = [
  [
    transcript,
    (id) => ({
      type: 'message',
      id,
      message: { role: 'user', content: 'text '.repeat(random(200)) },
    }),
  ],
  [
    recording,
    (_id, n) => ({
      traceSchema: 'openclaw-trajectory',
      schemaVersion: 1,
      source: 'runtime',
      sessionId,
      traceId: sessionId,
      type: 'prompt.submitted',
      ts: new Date(n).toISOString(),
      seq: n,
      data: { prompt: 'text '.repeat(random(200)) },
    }),
  ],
]

function lines([, make], size) {
  let text = ''
  for (let i = 0; i < size; i++) {
    count += 1
    text += `${JSON.stringify({ ...make(`m${count}`, count), timestamp: new Date(count).toISOString() })}\n`
  }
  return text
}

const WAYS = [
  (file) => appendFileSync(file[0], lines(file, 1 + random(3))),
  (file) => appendFileSync(file[0], lines(file, 2).slice(0, -random(50))),
  (file) => truncateSync(file[0], random(3000)),
  (file) => truncateSync(file[0], 0),
  (file) => writeFileSync(file[0], lines(file, SIZES[random(SIZES.length)])),
  (file) => {
    writeFileSync(`${file[0]}.tmp`, lines(file, SIZES[random(SIZES.length)]))
    renameSync(`${file[0]}.tmp`, file[0])
  },
]

function change() {
  for (let i = 0; i < 3; i++) WAYS[random(WAYS.length)](FILES[random(FILES.length)])
  process.send({ changes: 3 })
  if (going) setImmediate(change)
  else {
    for (const file of FILES) writeFileSync(file[0], lines(file, 20))
    process.disconnect()
  }
}
change()
