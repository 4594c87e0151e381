import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { HistoryPage } from '../../src/contract/history.js'
import type { SessionList } from '../../src/contract/session.js'
import { SHOWCASE_KEY, startDemoGateway } from '../../src/demo/index.js'
import { Service } from '../cli/process.js'
import { until } from '../until.js'
import { chromiumPath, openBrowser } from './chromium.js'
import { hostPage } from './page-host.js'

const TOKEN = 'of-the-page-in-the-browser-test-0123'
/** Lines that the demo has to write while no service is there. */
const MISSED = 3
const WAIT_MS = 20_000

const chromium = chromiumPath()
const skip =
  chromium === null ? 'chromium is not installed (Debian: apt-get install chromium)' : false

/** What the page holds. Times pass for everybody at another moment. */
interface Table {
  readonly rows: Readonly<Record<string, string>>
  readonly seqs: readonly number[]
  readonly resets: readonly string[]
}

t.test('the page follows a demo session through a restart, without a gap', { skip }, async (t) => {
  const origin = await hostPage(t)
  const { demo, restart, service } = await startWorld(t, origin)
  const browser = await openBrowser(t, chromium ?? '')
  const page = await browser.newPage()
  await page.goto(addressOf(origin, service))
  await until(async () => (await tableOf(page)).seqs.length > 0, WAIT_MS)
  const begun = await tableOf(page)
  await until(async () => newIn(await tableOf(page), begun) >= MISSED, WAIT_MS)
  t.notOk((await tableOf(page)).resets.includes('restarted'), 'live, over one connection')

  const before = await historyOf(service)
  service.kill('SIGKILL')
  await service.exit
  const stale = await tableOf(page)
  const again = await restart()
  await until(async () => newIn({ seqs: seqsOf(await historyOf(again)) }, stale) >= MISSED, WAIT_MS)
  await until(async () => (await tableOf(page)).resets.includes('restarted'), WAIT_MS)
  const { resets } = await tableOf(page)
  const back = await tableOf(page)
  await until(async () => newIn(await tableOf(page), back) >= MISSED, WAIT_MS)
  t.same((await tableOf(page)).resets, resets, 'live again, and nothing more was missed')

  await demo.close()
  const rows = async () => shownRows(await listOf(again))
  const agrees = async () =>
    JSON.stringify((await tableOf(page)).rows) === JSON.stringify(await rows())
  await until(agrees, WAIT_MS)
  const history = await historyOf(again)
  await until(async () => (await tableOf(page)).seqs.at(-1) === seqsOf(history).at(-1), WAIT_MS)
  const table = await tableOf(page)
  t.same(table.rows, await rows(), 'the rows of the list')
  t.same(table.seqs, seqsOf(history), 'every message, once')
  t.ok(history.messages.length > before.messages.length + MISSED)
  t.match(await page.locator('#state').textContent(), /sessions/)
})

t.test('a page of a foreign origin is refused', { skip }, async (t) => {
  const [origin, foreign] = [await hostPage(t), await hostPage(t)]
  const { service } = await startWorld(t, origin)
  const browser = await openBrowser(t, chromium ?? '')
  const page = await browser.newPage()
  await page.goto(addressOf(foreign, service))
  await until(
    async () => /Refused/.test((await page.locator('#state').textContent()) ?? ''),
    WAIT_MS,
  )
  // The preflight is refused already, of which a browser tells a page nothing.
  const refusal = (await page.locator('#state').textContent()) ?? ''
  t.ok(refusal.includes(`${service.url} is not running, or ${foreign} is `), refusal)
  t.match(refusal, 'SESSIONS_API_CORS_ORIGINS', 'it names the setting')
  t.equal(await page.locator('#rows tr').count(), 0)

  const answer = await fetch(`${service.url}/api/stream-tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ path: '/api/events' }),
  })
  const { ticket } = (await answer.json()) as { ticket: string }
  const urls = { stream: `${service.url}/api/events?ticket=${ticket}`, ws: `${service.url}/ws` }
  t.equal(await page.evaluate(streamState, urls.stream), 'closed', 'a good ticket does not help')
  t.equal(await page.evaluate(socketState, urls.ws.replace('http', 'ws')), 'closed')
  const own = await browser.newPage()
  await own.goto(`${origin}/live-table.html`)
  t.equal(await own.evaluate(socketState, urls.ws.replace('http', 'ws')), 'open', 'its own may')
})

/** A demo gateway in this process, and the built service over its directory in another, which can be started again. */
async function startWorld(t: Test, origin: string) {
  const stateDir = t.testdir({ state: {}, data: {} })
  const demo = await startDemoGateway({ stateDir: `${stateDir}/state`, stepMs: 100 })
  t.teardown(() => demo.close())
  const start = (port: string) =>
    Service.start(t, {
      OPENCLAW_STATE_DIR: demo.stateDir,
      SESSIONS_API_DATA_DIR: `${stateDir}/data`,
      SESSIONS_API_TOKEN: TOKEN,
      SESSIONS_API_PORT: port,
      SESSIONS_API_CORS_ORIGINS: origin,
    })
  const service = await start('0')
  return { demo, service, restart: () => start(new URL(service.url).port) }
}

function addressOf(origin: string, { url }: Service): string {
  const wanted = new URLSearchParams({ url, token: TOKEN, follow: SHOWCASE_KEY })
  return `${origin}/live-table.html#${wanted}`
}

async function listOf(service: Service): Promise<SessionList> {
  return (await (await service.get('/api/sessions?limit=1000', TOKEN)).json()) as SessionList
}

async function historyOf(service: Service): Promise<HistoryPage> {
  const path = `/sessions/${encodeURIComponent(SHOWCASE_KEY)}/history?limit=1000`
  return (await (await service.get(path, TOKEN)).json()) as HistoryPage
}

function seqsOf({ messages }: HistoryPage): number[] {
  return messages.map(({ __openclaw }) => __openclaw.seq)
}

function shownRows({ sessions }: SessionList): Record<string, string> {
  const rows = sessions.map(({ key, ...row }) => [
    key,
    `${row.status} ${row.inputTokens} ${row.totalCost}`,
  ])
  return Object.fromEntries(rows.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))
}

/** Messages that are in one table and not in another. */
function newIn({ seqs }: Pick<Table, 'seqs'>, before: Pick<Table, 'seqs'>): number {
  return seqs.filter((seq) => !before.seqs.includes(seq)).length
}

async function tableOf(page: Page): Promise<Table> {
  const held = await page.evaluate(heldByPage)
  return { ...held, rows: shownRows({ sessions: held.sessions } as unknown as SessionList) }
}

// What follows runs in the page.

interface PageTable {
  readonly rows: ReadonlyMap<string, unknown>
  readonly messages: ReadonlyMap<number, unknown>
  readonly resets: readonly string[]
}

function heldByPage() {
  const { table } = globalThis as unknown as { table: PageTable }
  return {
    sessions: [...table.rows.values()],
    seqs: [...table.messages.keys()].sort((a, b) => a - b),
    resets: [...table.resets],
  }
}

function streamState(url: string): Promise<string> {
  return new Promise((resolve) => {
    const { EventSource } = globalThis as unknown as {
      EventSource: new (url: string) => EventTarget
    }
    const source = new EventSource(url)
    source.addEventListener('open', () => resolve('open'))
    source.addEventListener('error', () => resolve('closed'))
  })
}

function socketState(url: string): Promise<string> {
  return new Promise((resolve) => {
    const { WebSocket } = globalThis as unknown as { WebSocket: new (url: string) => EventTarget }
    const socket = new WebSocket(url)
    socket.addEventListener('open', () => resolve('open'))
    socket.addEventListener('close', () => resolve('closed'))
  })
}
