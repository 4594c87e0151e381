/** Many restless followers in a process of their own. */
import type { Endpoint } from '../bench/clients/endpoint.js'
import { answerQuestions, stayForQuestions } from '../bench/processes/channel.js'
import { RestlessFollower } from './restless-follower.js'

export interface FollowersRequest {
  readonly endpoint: Endpoint
  /** One for each follower. */
  readonly paths: readonly string[]
}

export interface FinishRequest {
  /** By path: how many messages each writer wrote. */
  readonly written: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly deadlineMs: number
}

export interface FollowersReport {
  readonly connections: number
  readonly messages: number
  readonly problems: readonly string[]
}

/** Between looks whether everybody has everything. */
const LOOK_MS = 50

let followers: readonly { readonly path: string; readonly follower: RestlessFollower }[] = []

answerQuestions({
  start: (request) => start(request as FollowersRequest),
  finish: (request) => finish(request as FinishRequest),
})
stayForQuestions()

function start({ endpoint, paths }: FollowersRequest): void {
  followers = paths.map((path, index) => ({
    path,
    follower: new RestlessFollower({ endpoint, path, seed: index + 1 }),
  }))
}

/** Waits until every follower has all that was written, or the deadline; then ends them. */
async function finish({ deadlineMs, written }: FinishRequest): Promise<FollowersReport> {
  for (const { follower } of followers) follower.calm()
  const deadline = Date.now() + deadlineMs
  const missing = () =>
    followers.flatMap(({ follower, path }) => missingOf(follower, written[path] ?? {}))
  while (missing().length > 0 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  const problems = [
    ...followers.flatMap(({ follower }) => follower.sequence.problems),
    ...missing(),
  ]
  for (const { follower } of followers) follower.close()
  return {
    connections: sum(followers.map(({ follower }) => follower.connections)),
    messages: sum(followers.map(({ follower }) => follower.messages)),
    problems,
  }
}

function missingOf(
  { sequence }: RestlessFollower,
  written: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(written)
    .filter(([writer, count]) => sequence.last(writer) !== count)
    .map(
      ([writer, count]) =>
        `${sequence.name}: has ${sequence.last(writer)} of ${count} by ${writer}`,
    )
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
