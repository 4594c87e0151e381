import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { JobThread } from '../../src/system/job-thread.js'

/** Workers run as built files: so does what they import. */
const ANSWERS = new URL('../../dist/system/job-worker.js', import.meta.url)

type Job = { double: number } | { fail: string } | { die: true } | { hang: true }

/** A thread that doubles numbers, and whatever else it is asked to. */
async function doubling(dir: string): Promise<JobThread<Job, Uint8Array>> {
  const file = join(dir, 'worker.mjs')
  await writeFile(
    file,
    `import { answerJobs } from ${JSON.stringify(ANSWERS.href)}
     const work = async ({ die, double, fail, hang }) => {
       if (die) process.exit(3)
       if (hang) await new Promise(() => {})
       if (fail) throw new RangeError(fail)
       return Uint8Array.of(double * 2)
     }
     answerJobs(work, ({ buffer }) => [buffer])`,
  )
  return new JobThread(pathToFileURL(file))
}

t.test('answers each job, whatever became of the others', async (t) => {
  const thread = await doubling(t.testdir())
  t.teardown(() => thread.close())
  const answers = [thread.run({ double: 1 }), thread.run({ fail: 'no' }), thread.run({ double: 2 })]
  t.equal(thread.pending, 3)
  t.match(await Promise.allSettled(answers), [
    { value: Uint8Array.of(2) },
    { reason: { message: 'no' } },
    { value: Uint8Array.of(4) },
  ])
  t.equal(thread.pending, 0)
})

t.test(
  'jobs of a thread that dies are rejected, and the next one gets another thread',
  async (t) => {
    const thread = await doubling(t.testdir())
    t.teardown(() => thread.close())
    const lost = [thread.run({ die: true }), thread.run({ double: 1 })]
    t.match(await Promise.allSettled(lost), [{ reason: /code 3/ }, { reason: /code 3/ }])
    t.equal(thread.pending, 0)
    t.strictSame(await thread.run({ double: 4 }), Uint8Array.of(8))
  },
)

t.test('a file that is no thread is told of', async (t) => {
  const thread = new JobThread<null, null>(pathToFileURL(join(t.testdir(), 'none.mjs')))
  t.teardown(() => thread.close())
  await t.rejects(thread.run(null), /Cannot find module/)
})

t.test('closing abandons what is not done, and may be done twice', async (t) => {
  const thread = await doubling(t.testdir())
  const job = thread.run({ hang: true })
  job.catch(() => undefined)
  await thread.close()
  await thread.close()
  await t.rejects(job, /closed/)
  await t.rejects(thread.run({ double: 1 }), /closed/)
})
