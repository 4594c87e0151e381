// A host with one agent whose turns can be paused, resumed, stopped and killed over HTTP.
//
//   npm run build
//   HOST_TOKEN=a-secret-of-yours STATE_DIR=~/.openclaw DATA_DIR=/tmp/agent-loop node examples/agent-loop.mjs
//
// Each line on its standard input is a message for the agent. Everything that a loop owes its operators is here:
// a checkpoint between its steps, a signal for what a step waits for, and an end that always comes.

import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import {
  createRunRegistry,
  createSessionManager,
  FULL_GRANT,
  isRunStopped,
  openclawFiles,
  openDataDirectory,
  sessionsApi,
} from 'openclaw-sessions-api'
import { openTranscript } from './agent-transcript.mjs'

const SESSION = 'agent:main:main'
const { DATA_DIR, HOST_TOKEN, STATE_DIR, STEP_MS = '200' } = process.env

const data = await openDataDirectory(DATA_DIR)
const audit = await data.audit()
const runs = createRunRegistry({
  holds: await data.holds('agent-loop'), // a paused session is still paused after a restart
  graceMs: 10_000, // a stop that finds no checkpoint for so long becomes a kill
})
const transcript = await openTranscript(STATE_DIR, SESSION) // what the agent says is followed from here
const store = openclawFiles({ stateDir: STATE_DIR })
const manager = createSessionManager({ stores: [store], runtime: runs, version: '1.0.0', audit })

/** One turn: waits until the session is neither paused nor busy, then works step by step. */
async function turn(text) {
  const run = await runs.admit({
    sessionKey: SESSION,
    whenHeld: 'queue', // or 'refuse', to tell the sender that the session is paused
    timeLimitMs: 60_000,
  })
  console.log(`begin ${text}`)
  try {
    await transcript.append('user', text)
    for (const word of text.split(' ')) {
      await run.checkpoint() // a pause waits here, a stop throws here
      await step(word, run)
    }
    console.log(`done ${text}`)
    run.end()
  } catch (error) {
    if (isRunStopped(error)) console.log(`ended ${text}: ${error.details.reason}`)
    else if (run.signal.aborted) console.log(`aborted ${text}: ${run.signal.reason.details.reason}`)
    else console.log(`failed ${text}: ${error}`)
    run.end(isRunStopped(error) || run.signal.aborted ? undefined : 'failed')
  }
}

/** A step waits for a model or a tool. A word that begins with `@` hands work to a sub-agent, which a kill takes along. */
async function step(word, run) {
  if (word.startsWith('@')) return delegate(word.slice(1), run)
  if (word === 'fail') throw new Error('the tool broke')
  await sleep(Number(STEP_MS), undefined, { signal: run.signal }) // a kill aborts the signal
  await transcript.append('assistant', word)
  console.log(`step ${word}`)
}

async function delegate(name, parent) {
  const sessionKey = `agent:main:subagent:${name}`
  const { append } = await openTranscript(STATE_DIR, sessionKey, { spawnedBy: SESSION })
  await parent.checkpoint() // killed meanwhile: nobody is left to hand work over
  const run = runs.start({ sessionKey, parentSessionKey: parent.sessionKey })
  try {
    await run.checkpoint()
    await append('user', `a task for ${name}`)
    console.log(`begin ${sessionKey}`)
    await sleep(20 * Number(STEP_MS), undefined, { signal: run.signal })
    await append('assistant', 'done')
  } finally {
    run.end() // done, or killed when its signal was aborted
  }
}

const app = Fastify()
const auth = ({ headers }) => (headers.authorization === `Bearer ${HOST_TOKEN}` ? FULL_GRANT : null)
const idempotency = await data.idempotency()
await app.register(sessionsApi, { manager, auth, audit, idempotency })
console.log(await app.listen({ port: 0 }))

for await (const line of createInterface({ input: process.stdin })) {
  // Turns that a kill clears from the line never began: there is nothing to end.
  turn(line).catch((error) => console.log(`cleared ${line}: ${error.code}`))
}

await app.close()
await manager.close()
await store.close()
await runs.close()
