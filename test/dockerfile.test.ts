import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, constants, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { BuiltStage } from './dockerfile/built-stage.js'
import { ignoredBy, parseDockerfile } from './dockerfile/instructions.js'

const root = fileURLToPath(new URL('..', import.meta.url))
/** An installation, a build and a prune. */
const BUILD_TIMEOUT_MS = 300_000

// Of the file too: the runner would end it at its own limit.
t.setTimeout(BUILD_TIMEOUT_MS)

const stages = parseDockerfile(await readFile(join(root, 'Dockerfile'), 'utf8'))

t.test('the last stage does not run as root', async (t) => {
  const users = stages.at(-1)?.instructions.filter(({ name }) => name === 'USER')
  t.same(
    users?.map(({ rest }) => rest),
    ['node'],
  )
})

t.test('no secret and no module of this machine enters the build', async (t) => {
  const ignored = ignoredBy(await readFile(join(root, '.dockerignore'), 'utf8'))
  for (const path of ['.env', '.git', 'node_modules/zod', 'dist/index.js', 'x.log'])
    t.ok(ignored(path), path)
  for (const path of ['src/index.ts', 'package.json', '.npmrc', 'tsconfig.build.json'])
    t.notOk(ignored(path), path)
})

const skip = process.platform === 'win32' && 'the steps of the image need a POSIX shell and users'

t.test(
  'every step works in an empty folder for an unprivileged user',
  { skip, timeout: BUILD_TIMEOUT_MS },
  async (t) => {
    // Not below the repository: its node_modules would be found from there.
    const folder = await mkdtemp(join(tmpdir(), 'sessions-api-image-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    await chmod(folder, 0o755)
    const ignored = ignoredBy(await readFile(join(root, '.dockerignore'), 'utf8'))
    const built = new Map<string, BuiltStage>()
    for (const stage of stages) {
      const image = new BuiltStage(join(folder, stage.name), stage)
      await image.build({ dir: root, ignored, stages: built })
      built.set(stage.name, image)
    }
    const image = [...built.values()].at(-1) as BuiltStage
    await t.rejects(access(image.path('node_modules/typescript')), 'the image has no build tools')

    const env = { SESSIONS_API_HOST: '127.0.0.1', SESSIONS_API_PORT: String(await freePort()) }
    t.not(await image.health(env), 0, 'nothing runs yet: unhealthy')
    const server = image.start(env)
    t.teardown(() => server.kill('SIGKILL'))
    const output = outputOf(server)
    await said(server, output, /^ +url +http:/m)
    t.equal(await image.health(env), 0, 'the server runs: healthy')
    await t.resolves(
      access(image.path('/home/node/data'), constants.R_OK),
      'the data directory is there',
    )
    server.kill('SIGTERM')
    t.same(await once(server, 'close'), [0, null], 'SIGTERM ends it cleanly', {
      output: output.text,
    })
  },
)

/** All that a process prints, as it grows. */
function outputOf(child: ChildProcess): { text: string } {
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output.text += chunk
    })
  return output
}

/** Resolves when the process has printed what matches; rejects when it ends before. */
function said(child: ChildProcess, output: { text: string }, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => pattern.test(output.text) && resolve()
    child.stdout?.on('data', look)
    child.on('exit', (code) => reject(new Error(`ended with ${code}:\n${output.text}`)))
  })
}

/** A port that was free a moment ago: the health check reads the port from the environment, so it cannot be 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
