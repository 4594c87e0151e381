import { mkdir, realpath, rename, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { openRecording } from '../../../../src/stores/openclaw/trajectory/recording.js'
import { pointerTo, recorded, SESSION } from './recording-text.js'

const SIDECAR = `${SESSION}.trajectory.jsonl`
const POINTER = `${SESSION}.trajectory-path.json`
/** As OpenClaw names it in OPENCLAW_TRAJECTORY_DIR. */
const RELOCATED = `${SESSION}.jsonl`

/** A state directory with one session, and a folder outside of it. */
async function place(t: Test) {
  const base = await realpath(t.testdir({ state: { sessions: {} }, outside: {} }))
  const root = join(base, 'state')
  const dir = join(root, 'sessions')
  const outside = join(base, 'outside')
  const transcript = { dir, name: `${SESSION}.jsonl` }
  return {
    base,
    dir,
    outside,
    pointer: (text: string) => writeFile(join(dir, POINTER), text),
    /** Where the recording that was opened is. */
    async opened() {
      const file = await openRecording({ transcript, sessionId: SESSION, root })
      await file?.handle.close()
      return file === null ? null : join(file.place.dir, file.place.name)
    },
  }
}

const write = async (path: string, text = recorded(1)) => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

t.test('beside its transcript, and where a pointer says', async (t) => {
  const at = await place(t)
  t.equal(await at.opened(), null)
  const beside = await write(join(at.dir, SIDECAR))
  t.equal(await at.opened(), beside)
  await at.pointer(pointerTo(beside))
  t.equal(await at.opened(), beside)
  for (const name of [RELOCATED, SIDECAR]) {
    const relocated = await write(join(at.outside, name))
    await at.pointer(pointerTo(relocated))
    t.equal(await at.opened(), relocated, name)
  }
  await at.pointer(pointerTo(join('/of/another/machine', SIDECAR)))
  t.equal(await at.opened(), beside, 'a path of another machine')
})

t.test('a session id that is no file name is made one', async (t) => {
  const base = await realpath(t.testdir({ state: {} }))
  const sessionId = 'model/run:1'
  const path = await write(join(base, 'there', 'model_run_1.jsonl'), recorded(1, { sessionId }))
  const dir = join(base, 'state')
  await writeFile(join(dir, 'x.trajectory-path.json'), pointerTo(path, { sessionId }))
  const file = await openRecording({ transcript: { dir, name: 'x.jsonl' }, sessionId, root: dir })
  await file?.handle.close()
  t.equal(file?.place.name, 'model_run_1.jsonl')
})

type Attack = (at: Awaited<ReturnType<typeof place>>) => Promise<unknown>

const relocatedTo = async (at: Awaited<ReturnType<typeof place>>, path: string, fields = {}) =>
  at.pointer(pointerTo(path, fields))

const ATTACKS: Record<string, Attack> = {
  'another name': async (at) => relocatedTo(at, await write(join(at.outside, 'secrets.jsonl'))),
  "another session's name": async (at) =>
    relocatedTo(at, await write(join(at.outside, 'other.trajectory.jsonl'))),
  'the events of another session': async (at) =>
    relocatedTo(at, await write(join(at.outside, RELOCATED), recorded(1, { sessionId: 'other' }))),
  'a transcript': async (at) =>
    relocatedTo(at, await write(join(at.outside, RELOCATED), '{"type":"session","id":"x"}\n')),
  'no event among many lines': async (at) =>
    relocatedTo(at, await write(join(at.outside, RELOCATED), 'x\n'.repeat(99) + recorded(1))),
  'an empty file': async (at) => relocatedTo(at, await write(join(at.outside, RELOCATED), '')),
  'a way back': async (at) => {
    await write(join(at.outside, RELOCATED))
    await relocatedTo(at, `${at.dir}/../../outside/${RELOCATED}`)
  },
  'a doubled slash': async (at) => {
    await write(join(at.outside, RELOCATED))
    await relocatedTo(at, `${at.outside}//${RELOCATED}`)
  },
  'a relative path': async (at) => {
    await write(join(at.outside, RELOCATED))
    await relocatedTo(at, `../../outside/${RELOCATED}`)
  },
  'a NUL byte': async (at) => relocatedTo(at, `${join(at.outside, RELOCATED)}\0`),
  'a folder': async (at) => {
    await mkdir(join(at.outside, RELOCATED))
    await relocatedTo(at, join(at.outside, RELOCATED))
  },
  'a device': async (at) => relocatedTo(at, '/dev/zero'),
  'a link in place of the file': async (at) => {
    await symlink(await write(join(at.outside, 'secrets')), join(at.outside, RELOCATED))
    await relocatedTo(at, join(at.outside, RELOCATED))
  },
  'a link on the way': async (at) => {
    await write(join(at.outside, RELOCATED))
    await symlink(at.outside, join(at.base, 'way'))
    await relocatedTo(at, join(at.base, 'way', RELOCATED))
  },
  'a link that leads out of the state directory': async (at) => {
    await write(join(at.outside, RELOCATED))
    await symlink(at.outside, join(at.dir, 'inside'))
    await relocatedTo(at, join(at.dir, 'inside', RELOCATED))
  },
  'a pointer that is a link': async (at) => {
    const relocated = await write(join(at.outside, RELOCATED))
    await at.pointer(pointerTo(relocated))
    await rename(join(at.dir, POINTER), join(at.outside, POINTER))
    await symlink(join(at.outside, POINTER), join(at.dir, POINTER))
  },
  'a pointer of another session': async (at) =>
    relocatedTo(at, await write(join(at.outside, RELOCATED)), { sessionId: 'other' }),
  'a pointer of another schema': async (at) =>
    relocatedTo(at, await write(join(at.outside, RELOCATED)), { traceSchema: 'x' }),
  'a pointer to no text': async (at) => at.pointer(pointerTo({ path: at.outside })),
  'a pointer that is a list': async (at) => at.pointer('[1]'),
  'a broken pointer': async (at) => at.pointer('{"traceSchema"'),
  'a huge pointer': async (at) => {
    const relocated = await write(join(at.outside, RELOCATED))
    await at.pointer(pointerTo(relocated) + ' '.repeat(70_000))
  },
}

for (const [what, attack] of Object.entries(ATTACKS))
  t.test(`a pointer to ${what} is not followed`, async (t) => {
    const at = await place(t)
    await attack(at)
    t.equal(await at.opened(), null)
    const beside = await write(join(at.dir, SIDECAR))
    t.equal(await at.opened(), beside, 'the recording beside the transcript counts')
  })

t.test('a link or a folder beside the transcript is no recording', async (t) => {
  const at = await place(t)
  await symlink(await write(join(at.outside, 'x')), join(at.dir, SIDECAR))
  t.equal(await at.opened(), null)
})
