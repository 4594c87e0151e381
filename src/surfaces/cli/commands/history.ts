import { Command } from 'commander'
import type { FollowEvent } from '../../../contract/event.js'
import { FULL_GRANT } from '../../../contract/grant.js'
import {
  FollowQuery,
  type HistoryPage,
  HistoryQuery,
  MAX_HISTORY_LIMIT,
} from '../../../contract/history.js'
import type { Message } from '../../../contract/message.js'
import { KEY_MEANING, previousOption, wholeNumberArgument } from '../arguments.js'
import type { Machine } from '../machine.js'
import { messageText } from '../message-text.js'
import type { Sessions } from '../sessions.js'
import { checked } from '../sessions.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'

interface HistoryOptions extends SourceOptions {
  readonly follow?: true
  readonly tools?: true
  readonly limit: number
  readonly sessionId?: string
  readonly json?: true
}

const DEFAULT_LIMIT = 20

/** `history`: the end of a transcript, and what is added to it. */
export function historyCommand(machine: Machine): Command {
  const command = new Command('history')
    .description('read the newest messages of a session, or follow it')
    .argument('<key>', KEY_MEANING)
    .option('-f, --follow', 'go on with what is added, also after a restart of the service')
    .addOption(previousOption().conflicts('follow'))
    .option('--tools', 'also the results of tools')
    .option('--limit <n>', 'so many messages', wholeNumberArgument(1, 50), DEFAULT_LIMIT)
    .option('--json', 'as JSON; with --follow one event a line')
    .addHelpText('after', EXAMPLES)
  return withSource(command).action((key: string, options: HistoryOptions) =>
    withSessions(machine, options, (source) =>
      options.follow ? follow(key, options, machine, source) : read(key, options, machine, source),
    ),
  )
}

const EXAMPLES = `
Examples:
  openclaw-sessions history main --limit 5
  openclaw-sessions history agent:work:main --follow --tools
  openclaw-sessions history main --session-id db44cda0-a77e-429a-ada7-96d34af7ab90
  openclaw-sessions history main --follow --json | jq .data.message
`

/** Pages towards the start, until there are as many as were asked for. */
async function read(
  key: string,
  { json, limit, sessionId, tools }: HistoryOptions,
  machine: Machine,
  source: Sessions,
): Promise<void> {
  const query = { includeTools: tools === true, sessionId }
  let left = limit
  const next = (cursor: string | undefined) => {
    const limit = Math.min(left, MAX_HISTORY_LIMIT)
    return source.manager.history(
      key,
      checked(HistoryQuery, { ...query, cursor, limit }),
      FULL_GRANT,
    )
  }
  let page = await next(undefined)
  const pages = [page.messages]
  for (;;) {
    left -= page.messages.length
    if (left <= 0 || page.nextCursor === null) break
    page = await next(page.nextCursor)
    pages.push(page.messages)
  }
  const messages = pages.reverse().flat()
  const whole: HistoryPage = { ...page, messages, limitApplied: limit }
  if (json) return machine.out(`${JSON.stringify(whole, null, 2)}\n`)
  if (messages.length === 0) return machine.err('There are no messages.\n')
  for (const message of messages) machine.out(block(message, machine))
}

async function follow(
  key: string,
  { json, limit, tools }: HistoryOptions,
  machine: Machine,
  source: Sessions,
): Promise<void> {
  const query = { includeTools: tools === true, limit: Math.min(limit, MAX_HISTORY_LIMIT) }
  const signal = machine.untilInterrupted()
  const from = checked(FollowQuery, query)
  for await (const event of await source.manager.follow(key, from, FULL_GRANT, signal)) {
    if (json) machine.out(`${JSON.stringify(event)}\n`)
    else machine.out(eventText(event, machine))
  }
}

function eventText(event: FollowEvent, machine: Machine): string {
  if (event.type === 'message') return block(event.data.message, machine)
  if (event.type === 'history')
    return event.data.messages.map((message) => block(message, machine)).join('')
  const words = event.data.reason.replaceAll('_', ' ')
  return `${machine.style.warning(`--- ${words}: it begins anew from here ---`)}\n\n`
}

const block = (message: Message, { style }: Machine) => `${messageText(message, style)}\n\n`
