// Keeps all sessions, and the messages of one of them, in sync over one connection with fetch and EventSource only: lists,
// then goes on where the list ended. In Node see live-table-node.mjs, in a page live-table.html.
export class LiveTable {
  rows = new Map()
  messages = new Map()
  resets = []
  #work = Promise.resolve()

  constructor({ url, token, follow = '', EventSource = globalThis.EventSource, onChange }) {
    Object.assign(this, { url, token, follow, EventSource, onChange })
  }

  async start() {
    const last_event_id = await this.#list()
    await this.#readMessages()
    const { ticket } = await this.#ask('/api/stream-tickets', { path: '/api/events' })
    const query = new URLSearchParams({ last_event_id, ticket, messages: this.follow })
    this.source = new this.EventSource(`${this.url}/api/events?${query}`)
    for (const type of ['sessions.changed', 'session.message', 'reset'])
      this.source.addEventListener(type, (event) => this.#take(type, JSON.parse(event.data)))
    // It comes back by itself after a lost connection, but not after an answer that is no stream.
    this.source.onerror = () => this.source.readyState === 2 && this.#again()
  }

  /** One event after the other: what comes while a list is read is applied after it. */
  #take(type, data) {
    const taken = this.#work.then(() => this.#apply(type, data)).then(() => this.onChange?.(this))
    this.#work = taken.catch(() => this.#again())
  }

  async #apply(type, { message, messageSeq, reason, session, sessionKey }) {
    if (type === 'session.message') return this.messages.set(messageSeq, message)
    if (type === 'sessions.changed')
      return session ? this.rows.set(sessionKey, session) : this.rows.delete(sessionKey)
    this.resets.push(reason) // Something was missed: messages of one session, or anything.
    if (!sessionKey) await this.#list()
    await this.#readMessages()
  }

  async #list(rows = [], cursor = '') {
    const page = await this.#ask(`/api/sessions?limit=1000${cursor}`)
    rows.push(...page.sessions.map((row) => [row.key, row]))
    if (page.hasMore) await this.#list(rows, `&cursor=${encodeURIComponent(page.nextCursor)}`)
    else this.rows = new Map(rows)
    return page.eventId // Whatever changes after the first page is an event.
  }

  async #readMessages() {
    const path = `/sessions/${encodeURIComponent(this.follow)}/history?limit=1000`
    const { messages } = this.follow ? await this.#ask(path) : { messages: [] }
    this.messages = new Map(messages.map((message) => [message.__openclaw.seq, message]))
  }

  #again() {
    this.source?.close()
    setTimeout(
      () =>
        this.start()
          .then(() => this.onChange?.(this))
          .catch(() => this.#again()),
      1000,
    )
  }

  async #ask(path, body) {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' }
    const post = body && { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(this.url + path, { headers, ...post }).catch((cause) => {
      // A browser does not say why: the service is away, or does not allow this page.
      const page = globalThis.location?.origin ?? 'this page'
      const setting = `or ${page} is not in its SESSIONS_API_CORS_ORIGINS`
      throw new Error(`${this.url} is not running, ${setting}`, { cause })
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
}
