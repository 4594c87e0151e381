import type { ControlAction } from '../../contract/control.js'
import type { Whereabouts } from './whereabouts.js'

/** A gateway has no pause of its own; this is what stands in for it. */
export const PAUSE_NOTE =
  'Pause is a hold: the live turn goes on to its end, then the session refuses messages (send policy deny) until resume, which restores the policy it had. Turns that are not messages, such as cron jobs, still start.'

/** What control means on a gateway, where it is not what its name says. */
export const NOTES: Readonly<Partial<Record<ControlAction, string>>> = Object.freeze({
  pause: PAUSE_NOTE,
  resume: 'Resume restores the send policy that the session had before it was held.',
  stop: 'The run is aborted when its tool calls under way have ended; a turn that calls no tool goes on to its end.',
})

/** Whose sessions these are, as far as it can be seen. */
export const PLACE_NOTES: Readonly<Record<Whereabouts, string>> = Object.freeze({
  here: 'It serves this state directory.',
  elsewhere: 'It serves another state directory.',
  unknown:
    'Whether it serves this state directory cannot be seen from here: if it does not, run states and control are those of other sessions with the same keys.',
})
