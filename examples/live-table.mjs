// Keeps all sessions, and the messages of one of them, in sync over one connection with fetch and EventSource only; in
// Node and (live-table.html) in a page: TOKEN=... node examples/live-table.mjs http://127.0.0.1:18790 agent:main:main
export class LiveTable {
  rows = new Map()
  messages = new Map()
  resets = []
  #work = Promise.resolve()

  constructor({ url, token, follow, EventSource = globalThis.EventSource, onChange = () => {} }) {
    Object.assign(this, { url, token, follow, EventSource, onChange })
  }

  async start() {
    await this.#list()
    const query = new URLSearchParams({ last_event_id: this.lastId, messages: this.follow ?? '' })
    const body = JSON.stringify({ path: '/api/events' })
    query.set('ticket', (await this.#ask('/api/stream-tickets', { method: 'POST', body })).ticket)
    if (this.closed) return
    this.source = new this.EventSource(`${this.url}/api/events?${query}`)
    for (const type of ['sessions.changed', 'session.message', 'reset'])
      this.source.addEventListener(type, (event) => this.#then(() => this.#take(event)))
    this.#then(() => this.#readMessages())
    // It comes back by itself after a lost connection, but not after an answer that is no stream.
    this.source.onerror = () => this.source.readyState === 2 && this.#again()
  }

  close() {
    this.closed = true
    this.source?.close()
  }

  async #take({ type, data }) {
    const { messageSeq, message, reason, session, sessionKey } = JSON.parse(data)
    if (type === 'session.message') return this.messages.set(messageSeq, message)
    if (type === 'sessions.changed')
      return session ? this.rows.set(sessionKey, session) : this.rows.delete(sessionKey)
    this.resets.push(reason) // Something was missed: messages of one session, or anything.
    if (!sessionKey) await this.#list()
    await this.#readMessages()
  }

  async #list(rows = [], cursor = '') {
    const page = await this.#ask(`/api/sessions?limit=1000${cursor && `&cursor=${cursor}`}`)
    if (!cursor) this.lastId = page.eventId // That of the first page covers the others.
    rows.push(...page.sessions)
    if (page.hasMore) return this.#list(rows, encodeURIComponent(page.nextCursor))
    this.rows = new Map(rows.map((row) => [row.key, row]))
  }

  async #readMessages() {
    if (!this.follow) return
    const path = `/sessions/${encodeURIComponent(this.follow)}/history?limit=1000`
    const { messages } = await this.#ask(path)
    this.messages = new Map(messages.map((message) => [message.__openclaw.seq, message]))
  }

  /** One after the other: what comes while a list is read is applied after it. */
  #then(step) {
    this.#work = this.#work
      .then(step)
      .then(() => this.onChange(this))
      .catch(() => this.#again())
  }

  #again() {
    this.source?.close()
    if (!this.closed) setTimeout(() => this.start().catch(() => this.#again()), 1000)
  }

  async #ask(path, options = {}) {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' }
    const answer = await fetch(this.url + path, { ...options, headers })
    if (answer.ok) return answer.json()
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  }
}

if (globalThis.process?.argv[1]?.endsWith('live-table.mjs')) {
  const [url, follow] = process.argv.slice(2)
  const { EventSource } = await import('eventsource')
  const show = ({ rows, messages }) => {
    console.table([...rows.values()].map(({ key, status, tokens }) => ({ key, status, tokens })))
    if (follow) console.log(`${messages.size} messages in ${follow}`)
  }
  await new LiveTable({
    url,
    token: process.env.TOKEN,
    follow,
    EventSource,
    onChange: show,
  }).start()
}
