// A second gateway, so to speak: in each round it adds sessions and lines under OpenClaw's locks, and says what it wrote.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockStore, lockTranscript } from '../../../../dist/stores/openclaw/writing/file-lock.js'
import { replaceFile } from '../../../../dist/stores/openclaw/writing/replace-file.js'

const [dir] = process.argv.slice(2)
const store = join(dir, 'sessions.json')
const transcript = join(dir, 's-main.jsonl')
const PER_ROUND = 3
let count = 0

async function addSessions(n) {
  const lock = await lockStore(store)
  try {
    const entries = JSON.parse(readFileSync(store, 'utf8'))
    entries[`agent:main:kept-${n}`] = { sessionId: `kept-${n}`, updatedAt: n, unknown: [n] }
    entries[`agent:main:gone-${n}`] = { sessionId: `gone-${n}`, updatedAt: n }
    writeFileSync(join(dir, `gone-${n}.jsonl`), `{"type":"session","id":"gone-${n}"}\n`)
    await replaceFile(store, JSON.stringify(entries, null, 2))
  } finally {
    await lock.release()
  }
}

async function addLine(n) {
  const lock = await lockTranscript(transcript)
  try {
    const last = readFileSync(transcript, 'utf8').trimEnd().split('\n').at(-1)
    const { id, type } = JSON.parse(last)
    const parentId = type === 'session' ? null : id
    const message = { role: 'user', content: `line ${n}` }
    appendFileSync(
      transcript,
      `${JSON.stringify({ type: 'message', id: `m${n}`, parentId, message })}\n`,
    )
  } finally {
    await lock.release()
  }
}

process.on('message', async () => {
  for (let n = 0; n < PER_ROUND; n++) {
    count += 1
    await Promise.all([addSessions(count), addLine(count)])
  }
  process.send(count)
})
process.send(0)
