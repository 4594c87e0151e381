// Writes docs/cast.svg, the moving picture of the README: what the most useful commands print, on a demo service that is
// started for it. Needs `script` (util-linux), which gives them a terminal. Reads dist/: build first.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { castSvg, ESCAPE } from './cast-svg.mjs'

const run = promisify(execFile)
const MAIN = new URL('../dist/surfaces/cli/main.js', import.meta.url).pathname
const COLUMNS = 116
/** A code of the terminal, or a character. */
const PARTS = new RegExp(`${ESCAPE}\\[[\\d;]*m|.`, 'gu')
const TOKEN = 'ocs_only-of-this-cast-0123456789abcdefghijk'

/** What is shown, and for how long it may go on; `rows` cuts what is longer than a screen. */
const SCENES = [
  { words: 'list --all-agents --limit 12', seconds: 20, rows: 21 },
  { words: 'diagnose agent:main:main', seconds: 20, rows: 21 },
  { words: 'history agent:main:main --follow --limit 2', seconds: 4, rows: 21 },
  { words: 'cleanup --dry-run --age 1h', seconds: 20, rows: 21 },
  { words: 'kill agent:main:main --yes', seconds: 20, rows: 21 },
]

/** A demo service that is the same each time, as far as time allows. */
async function startDemo() {
  const env = { ...process.env, SESSIONS_API_TOKEN: TOKEN, SESSIONS_API_DEMO_SEED: '7' }
  const service = spawn(process.execPath, [MAIN, 'serve', '--demo', '--port', '0'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  for await (const text of service.stdout.setEncoding('utf8')) {
    said += text
    const url = /^ {2}url +(\S+)$/m.exec(said)?.[1]
    if (url !== undefined && said.includes('Ctrl-C')) return { service, url }
  }
  throw new Error(`the demo ended: ${said}`)
}

/** What a command writes to a terminal; ended by Ctrl-C when its time is over. */
async function record({ seconds, words }, url) {
  const command = `stty cols ${COLUMNS}; exec timeout -s INT ${seconds} ${process.execPath} ${MAIN} ${words} --url ${url}`
  const env = { ...process.env, SESSIONS_API_TOKEN: TOKEN, TERM: 'xterm-256color' }
  const { stdout } = await run('script', ['-qc', command, '/dev/null'], { env })
  return screenOf(stdout)
}

/** As a terminal breaks long lines. The demo's folder is another one each time, and says nothing. */
function screenOf(text) {
  const lines = text.replaceAll(/\S*openclaw-sessions-demo-\w+/g, '~/demo').replaceAll('\r', '')
  return lines.trimEnd().split('\n').flatMap(wrapped)
}

function wrapped(line) {
  const rows = ['']
  let column = 0
  for (const [part] of line.matchAll(PARTS)) {
    const isCode = part.length > 1 && part.startsWith(ESCAPE)
    if (!isCode && column === COLUMNS) {
      rows.push('')
      column = 0
    }
    rows[rows.length - 1] += part
    if (!isCode) column += 1
  }
  return rows
}

const { service, url } = await startDemo()
try {
  const scenes = []
  for (const scene of SCENES) {
    const lines = await record(scene, url)
    scenes.push({
      title: `openclaw-sessions ${scene.words} --url $URL`,
      lines: lines.slice(0, scene.rows),
    })
  }
  await writeFile(new URL('../docs/cast.svg', import.meta.url), castSvg(scenes, COLUMNS))
} finally {
  service.kill('SIGINT')
  await once(service, 'exit')
}
