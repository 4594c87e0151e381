import type { Random } from '../random.js'
import { type Scenario, type Step, tool } from './script.js'
import { BEDS, clock, decimal, NEIGHBOURS, PLANTS } from './words.js'

const sickPlant: Scenario = (random) => {
  const plant = random.pick(PLANTS)
  const bed = random.pick(BEDS)
  return {
    prompt: `The ${plant} in ${bed} has yellow leaves. Water or no water?`,
    steps: [
      tool(
        'soil_probe',
        { bed, depthCm: 15 },
        `moisture ${random.int(18, 44)} %\npH ${decimal(random, 5.4, 7.6, 1)}\n${decimal(random, 4, 16, 1)} °C`,
      ),
      tool(
        'read',
        { path: `plants/${plant.toLowerCase().replaceAll(' ', '-')}.md` },
        careSheet(random, plant),
        {
          saying: 'Moist enough, so it is not thirst.',
        },
      ),
    ],
    answer: `No water. It is the lime: the soil is too sweet for ${plant} now. A bucket of leaf mould, and leave it until Sunday.`,
  }
}

const planting: Scenario = (random) => ({
  prompt: `${random.pick(NEIGHBOURS)} has ${random.int(12, 60)} spare ${random.pick(PLANTS)} seedlings. Where could they go?`,
  steps: [
    tool(
      'beds',
      { free: true },
      JSON.stringify(
        BEDS.map((bed) => ({ bed, freeM2: Number(decimal(random, 0, 3.2, 1)) })),
        null,
        2,
      ),
    ),
    tool(
      'frost_outlook',
      { days: 10 },
      Array.from({ length: 10 }, (_, day) => `day ${day + 1}: min ${random.int(-3, 9)} °C`).join(
        '\n',
      ),
      {
        thinking: 'Two cold nights in the outlook: under glass first.',
      },
    ),
  ],
  answer: `Under glass for a week, then half to ${random.pick(BEDS)} and half to the school. Two nights below zero are ahead.`,
})

const rota: Scenario = (random) => ({
  prompt: 'Who waters this week? Make it fair, everybody complains.',
  steps: [
    tool(
      'read',
      { path: 'rota/last-month.csv' },
      NEIGHBOURS.map((name) => `${name},${random.int(0, 6)}`).join('\n'),
    ),
    ...retried(random),
    tool(
      'write',
      { path: 'rota/this-week.md', content: rotaText(random) },
      'Wrote rota/this-week.md',
    ),
  ],
  answer: `Posted. ${random.pick(NEIGHBOURS)} has two evenings, because of last month; everybody else has one.`,
})

export const gardenScenarios = [sickPlant, planting, rota, sickPlant] as const

/** What the watering says when it is not well. */
export const irrigationAlarm: Scenario = (random) => ({
  prompt: `{"valve":${random.int(1, 12)},"event":"flow_while_closed","litres":${random.int(8, 90)}}`,
  steps: [
    tool('valve', { command: 'close', confirm: true }, 'closed; flow 0.0 l/min'),
    tool('soil_probe', { bed: random.pick(BEDS), depthCm: 5 }, `moisture ${random.int(60, 95)} %`),
  ],
  answer: `The valve is closed now. A washer, most likely; the bed is wet but will dry by ${clock(random)}.`,
})

function careSheet(random: Random, plant: string): string {
  return `# ${plant}\n\n* soil: pH 5.5 to 6.8\n* water: when the top ${random.int(2, 6)} cm are dry\n* dislikes lime, wet feet and being moved\n`
}

function rotaText(random: Random): string {
  return ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
    .map((day) => `- ${day}: ${random.pick(NEIGHBOURS)}`)
    .join('\n')
}

/** A tool that fails once and then does what it should. */
function retried(random: Random): Step[] {
  const args = { path: 'rota/holidays.csv' }
  if (random.chance(0.4)) return []
  return [
    tool('read', args, 'EBUSY: rota/holidays.csv is open in another program', { failed: true }),
    tool('read', args, `${random.pick(NEIGHBOURS)},away until the 12th`, {
      saying: 'Busy; trying once more.',
    }),
  ]
}
