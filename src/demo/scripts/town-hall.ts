import type { Random } from '../random.js'
import { quayPicture } from './picture.js'
import { type Scenario, type Step, tool } from './script.js'
import { BOATS, clock, decimal, NEIGHBOURS, STREETS } from './words.js'

const festival: Scenario = (random) => {
  const street = random.pick(STREETS)
  const stalls = random.int(18, 34)
  return {
    prompt: `Can we fit ${stalls} stalls on ${street} for the lantern festival and still let the fire engine through?`,
    steps: [
      tool('read', { path: 'plans/streets.csv' }, streetTable(random), {
        thinking:
          'Width decides it: 3.1 m must stay clear for the engine, and a stall is 2 m deep.',
      }),
      tool(
        'exec',
        { command: `stall-plan --street ${JSON.stringify(street)} --stalls ${stalls} --clear 3.1` },
        `street ${street}: usable length ${random.int(90, 140)} m\nplaced ${stalls - random.int(0, 4)} of ${stalls} stalls\nclear lane ${decimal(random, 3.1, 3.6)} m`,
      ),
      ...askForMore(random),
    ],
    answer: `Nearly. With a clear lane of 3.1 m:\n\n* **${stalls - 3}** stalls fit on one side of ${street}\n* the last three go to the square, next to the well\n\nI would leave the corner free: the engine turns there.`,
  }
}

const bridge: Scenario = (random) => {
  const crack = decimal(random, 0.4, 2.9, 1)
  return {
    prompt: 'How is the footbridge after the storm? The committee wants one paragraph.',
    steps: [
      tool('camera_snapshot', { camera: 'footbridge-east' }, 'Snapshot of footbridge-east, 24×16', {
        picture: quayPicture(random),
      }),
      tool('read', { path: 'surveys/footbridge.md' }, survey(random, crack), {
        saying: 'The picture shows no debris. Comparing with the last survey.',
      }),
    ],
    answer: `The deck is sound and nothing lies against the piers. The crack at the third bearer has grown to **${crack} mm** since the summer; it should be looked at before the frost, and until then the limit of 20 people stays.`,
  }
}

const minutes: Scenario = (random) => {
  const name = random.pick(NEIGHBOURS)
  return {
    prompt: `${name} missed the meeting. Short minutes, please, and tell the harbour that the quay lights are decided.`,
    steps: [
      tool('read', { path: 'meetings/notes.md' }, meetingNotes(random)),
      {
        kind: 'send',
        to: 'agent:harbour:main',
        message: `The council has decided on the quay lights: on from ${clock(random)} in winter. Please put it on the board.`,
        reply: 'Thank you, it is on the board at the ferry steps.',
      },
    ],
    answer: `**Minutes**\n\n1. Quay lights: decided, harbour informed.\n2. ${random.pick(STREETS)}: new drain, ${random.int(3, 9)} weeks.\n3. The lost accordion was found. 🎉`,
  }
}

const smallTalk: Scenario = (random) => ({
  prompt: random.pick([
    'haha, the gull again',
    `${random.pick(NEIGHBOURS)}: I will bring the ladder on Friday`,
    'Does anyone still have the key of the boat shed? Found it, never mind.',
  ]),
  steps: [],
  answer: 'NO_REPLY',
})

export const townHallScenarios = [festival, bridge, minutes, festival, smallTalk] as const

/** What the town should know in the morning. */
export const morningBrief: Scenario = (random) => ({
  prompt: 'Write the morning brief: weather, tides, what is closed, one kind sentence.',
  steps: [
    tool(
      'weather',
      { place: 'Eddermouth', hours: 12 },
      `wind SW ${random.int(8, 24)} kn, gusts ${random.int(25, 38)} kn\nrain after ${clock(random)}\n${random.int(4, 14)} °C`,
    ),
    tool(
      'tides',
      { station: 'Lower Quay' },
      `high ${clock(random)} ${decimal(random, 3.1, 4.6)} m\nlow ${clock(random)} ${decimal(random, 0.4, 1.2)} m`,
    ),
    tool(
      'calendar',
      { day: 'today' },
      `${random.pick(STREETS)} closed until noon\nlibrary open late`,
    ),
  ],
  answer: `Good morning, Eddermouth.\n\n* Windy from the south-west, rain later\n* ${random.pick(STREETS)} is closed until noon\n* The ${random.pick(BOATS)} sails as usual\n\nWhoever painted the bench by the ferry: it is the best blue in town.`,
})

function streetTable(random: Random): string {
  return [
    'street,length_m,width_m,surface',
    ...STREETS.map(
      (street) =>
        `${street},${random.int(80, 260)},${decimal(random, 4.2, 7.9, 1)},${random.pick(['cobble', 'asphalt', 'slate'])}`,
    ),
  ].join('\n')
}

function survey(random: Random, crack: string): string {
  const bearers = Array.from(
    { length: 14 },
    (_, n) =>
      `| ${n + 1} | ${n === 2 ? crack : decimal(random, 0, 0.3, 1)} mm | ${random.pick(['dry', 'damp'])} |`,
  )
  return `# Footbridge, bearers\n\n| no. | crack | state |\n|---|---|---|\n${bearers.join('\n')}`
}

function meetingNotes(random: Random): string {
  return Array.from(
    { length: 24 },
    (_, n) =>
      `${n + 1}. ${random.pick(NEIGHBOURS)}: ${random.pick(['the lights cost less than the candles did', 'who has the accordion', 'the drain smells, it always has', 'agreed', 'the fog horn is not a musical instrument'])}`,
  ).join('\n')
}

function askForMore(random: Random): Step[] {
  if (random.chance(0.5)) return []
  return [
    tool(
      'read',
      { path: 'plans/hydrants.geojson' },
      'ENOENT: no such file: plans/hydrants.geojson',
      { failed: true },
    ),
  ]
}
