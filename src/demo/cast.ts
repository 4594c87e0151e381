import { modelOf } from './agents.js'
import { discord, labelled, slack, telegramDirect, telegramTopic, webchat } from './cards.js'
import type { Random } from './random.js'
import { archiveLetters } from './scripts/archive.js'
import { gardenScenarios, irrigationAlarm } from './scripts/garden.js'
import { harbourScenarios, tideCheck, tideGauge } from './scripts/harbour.js'
import { libraryScenarios, overdueNotices } from './scripts/library.js'
import type { Scenario } from './scripts/script.js'
import { morningBrief, townHallScenarios } from './scripts/town-hall.js'
import { workshopScenarios } from './scripts/workshop.js'
import type { SessionCard } from './session-card.js'

/** Who is in the demo from its start, what they talk about, and how often. */

/** A session that is there from the start, and what is talked about in it. */
export interface Role {
  readonly card: SessionCard
  readonly scenarios: readonly [Scenario, ...Scenario[]]
  /** Turns before the demo began, and what they were about if that was something else. */
  readonly past: number
  readonly pastScenarios?: readonly [Scenario, ...Scenario[]]
  /** How often it is chosen for a turn, against the others; 0: only by its clock or by others. */
  readonly weight: number
}

/** A role that a clock calls, every so many steps. */
export interface CronRole extends Role {
  readonly job: { readonly id: string; readonly name: string }
  readonly everySteps: number
}

/** Machines that call in from outside; each call is a session of its own. */
export interface Hook {
  readonly agent: string
  readonly name: string
  readonly scenario: Scenario
}

/** The session whose run lasts for minutes and has helpers: the one to try pause, stop and kill on. */
export const SHOWCASE_KEY = 'agent:main:main'

export interface Cast {
  readonly roles: readonly Role[]
  readonly crons: readonly CronRole[]
  readonly hooks: readonly [Hook, ...Hook[]]
}

/** Everybody of this seed. */
export function createCast(random: Random): Cast {
  const dashboard = (agent: string) => `agent:${agent}:dashboard:${random.uuid()}`
  const roles: Role[] = [
    {
      card: webchat('main'),
      scenarios: [archiveLetters],
      past: 4,
      pastScenarios: townHallScenarios,
      weight: 40,
    },
    { card: telegramTopic(), scenarios: townHallScenarios, past: 6, weight: 4 },
    {
      card: labelled(dashboard('main'), 'main', 'Footbridge survey'),
      scenarios: townHallScenarios,
      past: 4,
      weight: 2,
    },
    { card: webchat('library'), scenarios: libraryScenarios, past: 5, weight: 3 },
    {
      card: discord('library', '90210347', 'reading-room'),
      scenarios: libraryScenarios,
      past: 12,
      weight: 4,
    },
    { card: webchat('harbour'), scenarios: harbourScenarios, past: 3, weight: 3 },
    { card: slack(), scenarios: harbourScenarios, past: 12, weight: 4 },
    { card: telegramDirect(), scenarios: gardenScenarios, past: 5, weight: 3 },
    {
      card: discord('garden', '90210355', 'allotments'),
      scenarios: gardenScenarios,
      past: 4,
      weight: 3,
    },
    { card: webchat('workshop'), scenarios: workshopScenarios, past: 4, weight: 4 },
    {
      card: labelled(dashboard('workshop'), 'workshop', 'Lantern firmware'),
      scenarios: workshopScenarios,
      past: 5,
      weight: 4,
    },
  ]
  return { roles, crons: crons(random), hooks: HOOKS }
}

const HOOKS: readonly [Hook, ...Hook[]] = [
  { agent: 'harbour', name: 'Tide gauge', scenario: tideGauge },
  { agent: 'garden', name: 'Irrigation alarm', scenario: irrigationAlarm },
]

function crons(random: Random): CronRole[] {
  const job = (agent: string, name: string, scenario: Scenario, everySteps: number): CronRole => {
    const id = random.uuid()
    const facts = { label: `Cron: ${name}`, chatType: 'direct' }
    const card = {
      key: `agent:${agent}:cron:${id}`,
      agent,
      model: modelOf(agent),
      facts,
      cron: true,
    }
    return { card, scenarios: [scenario], past: 3, weight: 0, job: { id, name }, everySteps }
  }
  return [
    job('main', 'morning-brief', morningBrief, 150),
    job('library', 'overdue-notices', overdueNotices, 110),
    job('harbour', 'tide-check', tideCheck, 60),
  ]
}
