import type { FollowEvent } from './event.js'

/** Where a follower's events go. Called one event at a time, never again after `end`; must not throw. */
export interface FollowSink<Event = FollowEvent> {
  /** Takes an event. `false`: it was taken, and nothing more fits until the follower is told to `resume`. */
  write(event: Event): boolean
  /** Runs writes which may leave together, in one system call. Without it each leaves by itself. */
  together?(write: () => void): void
  /** The transcript cannot be read now, as `error` says: events go on where they stopped when it can be read again. */
  waits?(error: unknown): void
  /** No more events come: the signal aborted, the session is gone or no longer seen, or reading it failed with `error`. */
  end(error?: unknown): void
}

/**
 * Events of one session until its signal aborts. Nothing is queued for a consumer that takes its time: it is a place in
 * the transcript, and goes on from there. Consumed once, by `pipe` or by iteration; costs nothing before that.
 */
export interface Follower<Event = FollowEvent> extends AsyncIterable<Event> {
  /** Begins to write to the sink, as fast as it takes. */
  pipe(sink: FollowSink<Event>): void
  /** The sink has room again. Not to be called from within `write`. */
  resume(): void
}
