import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = await readFile(join(root, 'README.md'), 'utf8')

/** The host and the loop of its agent, as the README shows them one after the other. */
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code)
const [host = '', loop = ''] = blocks

t.test('the host is ten lines', async (t) => {
  t.equal(blocks.length, 2)
  t.ok(host.split('\n').filter((line) => line !== '').length <= 12, 'imports and ten lines')
})

t.test('the README fits its page', async (t) => {
  t.ok(readme.split('\n').length - 1 <= 150)
  const embedding = readme.slice(readme.indexOf('## Embedding'), readme.indexOf('```ts'))
  t.match(embedding, /npm install openclaw-sessions-api fastify/)
  t.match(embedding, /Does your host do CORS itself .*Then `cors: false`/)
})

t.test('what the README shows compiles as strict TypeScript', async (t) => {
  const folder = t.testdir({ 'host.mts': `${host}\n${loop}`, 'alone.mts': host })
  const program = ts.createProgram([join(folder, 'host.mts'), join(folder, 'alone.mts')], {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    skipLibCheck: true,
    noEmit: true,
  })
  const found = ts.getPreEmitDiagnostics(program)
  t.strictSame(
    found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    [],
  )
})

t.test('a browser reaches a host that does CORS itself', async (t) => {
  const origin = 'https://console.example.org'
  const withCors = host
    .replace(/^import Fastify/m, "import cors from '@fastify/cors'\n$&")
    .replace(/^const app = .*$/m, `$&\nawait app.register(cors, { origin: '${origin}' })`)
  const { url } = await startHost(t, 'a-secret', withCors)
  const path = `${url}/gateway/api/sessions`
  const preflight = await fetch(path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET' },
  })
  t.equal(preflight.status, 204)
  const answer = await fetch(path, { headers: { origin, authorization: 'Bearer a-secret' } })
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('access-control-allow-origin'), origin)
  await answer.body?.cancel()
})

t.test('a run of the host is seen and killed over HTTP', async (t) => {
  const token = 'a-secret-of-the-host'
  const { dir, url } = await startHost(t, token)
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${url}/gateway${path}`, { ...init, headers: { authorization: `Bearer ${token}` } })
  const row = async () => {
    const answer = await call('/api/sessions/agent%3Amain%3Amain')
    return ((await answer.json()) as { session: { status: string; statusReason: string } }).session
  }

  t.equal((await fetch(`${url}/gateway/api/sessions`)).status, 401, 'the host decides who may ask')
  t.match(await row(), { status: 'running', statusReason: /live in this process/ }, dir)
  const kill = await call('/sessions/agent%3Amain%3Amain/kill', { method: 'POST' })
  t.match(await kill.json(), {
    ok: true,
    killed: true,
    outcome: 'killed',
    killedSessions: ['agent:main:main'],
  })
  t.match(await row(), { status: 'killed' })
  const again = await call('/sessions/agent%3Amain%3Amain/kill', { method: 'POST' })
  t.match(await again.json(), { ok: true, killed: false, outcome: 'no_active_run' })
  t.equal((await fetch(`${url}/api/sessions`)).status, 404, 'nothing outside of the prefix')
})

t.test('commands of the README name scripts and files that are there', async (t) => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  for (const file of ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md']) {
    const text = await readFile(join(root, file), 'utf8')
    for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      t.ok(name in scripts, `${file}: npm run ${name}`)
    for (const [, path = ''] of text.matchAll(/\]\((?!https?:)([\w./-]+)\)/g))
      await t.resolves(readFile(join(root, path)), `${file}: ${path}`)
  }
})

t.test('the map names files and folders that are there', async (t) => {
  const map = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8')
  const named = map.matchAll(/`((?:[\w-]+\/)*[\w-]+\.(?:ts|json)|(?:[\w-]+\/)+)`/g)
  for (const path of new Set([...named].map(([, path = '']) => path)))
    t.ok(existsSync(join(root, 'src', path)) || existsSync(join(root, path)), path)
})

/** Starts the README's program as a process of its own, on a copy of a real state directory. */
async function startHost(
  t: Test,
  token: string,
  program = `${host}\n${loop}`,
): Promise<{ dir: string; url: string }> {
  const target = ts.ScriptTarget.ES2022
  const compilerOptions = { target, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true }
  const { outputText } = ts.transpileModule(program, { compilerOptions })
  const dir = t.testdir({ 'host.mjs': outputText })
  await cp(join(root, 'fixtures/openclaw-2026.4.21'), join(dir, 'state'), { recursive: true })
  const env = { ...process.env, HOST_TOKEN: token, STATE_DIR: join(dir, 'state') }
  const child = spawn(process.execPath, [join(dir, 'host.mjs')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => end(child))
  return { dir, url: await firstLine(child) }
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the output is not piped')
  for await (const line of createInterface(stdout)) return line
  throw new Error('the host ended before it listened')
}

const end = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.on('exit', () => resolve()).kill('SIGKILL')
  })
