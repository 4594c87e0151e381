// TOKEN=... node examples/live-table-node.mjs http://127.0.0.1:18790 agent:main:main
import { EventSource } from 'eventsource'
import { LiveTable } from './live-table.mjs'

const [url = 'http://127.0.0.1:18790', follow] = process.argv.slice(2)

function show({ rows, messages }) {
  console.table([...rows.values()].map(({ key, status, tokens }) => ({ key, status, tokens })))
  if (follow) console.log(`${messages.size} messages in ${follow}`)
}

const table = new LiveTable({ url, token: process.env.TOKEN, follow, EventSource, onChange: show })
await table.start()
show(table)
