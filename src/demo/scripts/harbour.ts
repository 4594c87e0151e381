import { gaugeLog } from './outputs.js'
import { quayPicture } from './picture.js'
import { type Scenario, tool } from './script.js'
import { BOATS, clock, decimal, NEIGHBOURS } from './words.js'

const berth: Scenario = (random) => {
  const boat = random.pick(BOATS)
  const metres = decimal(random, 7, 14, 1)
  return {
    prompt: `The ${boat} (${metres} m) comes in at ${clock(random)} and needs a berth for two nights. Draught ${decimal(random, 1.1, 2.4, 1)}.`,
    steps: [
      tool(
        'berths',
        { from: 'today', nights: 2 },
        `B${random.int(1, 9)}  12.0 m  1.9 m at low water\nC${random.int(1, 9)}  15.0 m  2.6 m at low water\nE2  8.0 m  1.2 m at low water`,
      ),
      tool(
        'tides',
        { station: 'Lower Quay', hours: 48 },
        `low ${clock(random)} ${decimal(random, 0.3, 1.1)} m\nhigh ${clock(random)} ${decimal(random, 3.2, 4.7)} m`,
        {
          thinking: 'The length fits twice; the draught at low water decides.',
        },
      ),
      tool('berth_book', { boat, berth: 'C4', nights: 2 }, `booked C4 for ${boat}, 2 nights`),
    ],
    answer: `Booked **C4** for the *${boat}*: deep enough at low water, and ${random.pick(NEIGHBOURS)} takes the lines.`,
  }
}

const lamp: Scenario = (random) => ({
  prompt:
    'The green lamp on the mole blinks in the wrong rhythm, says the pilot boat. Real or fog?',
  steps: [
    tool('camera_snapshot', { camera: 'mole-north' }, 'Snapshot of mole-north, 24×16', {
      picture: quayPicture(random),
    }),
    tool(
      'lamp_status',
      { lamp: 'mole-green' },
      JSON.stringify(
        {
          lamp: 'mole-green',
          pattern: 'Fl(2) 10s',
          measured: `Fl(2) ${decimal(random, 9.1, 11.4, 1)}s`,
          volts: Number(decimal(random, 11.4, 12.6)),
        },
        null,
        2,
      ),
    ),
    {
      kind: 'send',
      to: 'agent:workshop:main',
      message: 'The clock of the green lamp on the mole drifts. Could you look at its log tonight?',
      reply:
        'Its supply is low at night, the clock follows. A new battery goes up with the morning ferry.',
    },
  ],
  answer:
    'Real, but small: the clock drifts by less than a second. The workshop looks at it tonight; a notice to mariners is not needed.',
})

const surge: Scenario = (random) => ({
  prompt: 'Was last night’s surge above the mark of the lower quay?',
  steps: [
    tool(
      'gauge_log',
      { station: 'Lower Quay', hours: 12 },
      gaugeLog(random, random.int(420, 1080)),
      { slow: 2 },
    ),
    tool(
      'exec',
      { command: "awk -F, 'NR>1 && $2>m {m=$2; t=$1} END {print t, m}' gauge.csv" },
      `${clock(random)} ${decimal(random, 2.2, 3.4)}`,
    ),
  ],
  answer: `No: the highest reading was ${decimal(random, 2.2, 3.1)} m, the mark is at 3.40 m. Closest at half past four.`,
})

export const harbourScenarios = [berth, lamp, surge, berth] as const

/** The regular look at the gauge. */
export const tideCheck: Scenario = (random) => {
  const calm = random.chance(0.5)
  return {
    prompt: 'Check the gauge against the forecast. Speak only if they differ by more than 20 cm.',
    steps: [
      tool(
        'gauge',
        { station: 'Lower Quay' },
        `level ${decimal(random, 0.8, 3.8)} m\nforecast ${decimal(random, 0.8, 3.8)} m`,
      ),
    ],
    answer: calm
      ? 'NO_REPLY'
      : `The water stands ${random.int(21, 44)} cm above the forecast; the wind explains it.`,
  }
}

/** What the gauge itself calls in. */
export const tideGauge: Scenario = (random) => ({
  prompt: `{"station":"Lower Quay","event":"rate_of_rise","cm_per_min":${decimal(random, 2, 6, 1)}}`,
  steps: [
    tool('gauge_log', { station: 'Lower Quay', minutes: 30 }, gaugeLog(random, 30)),
    tool(
      'notify',
      { channel: 'quay-watch', text: 'Fast rise at Lower Quay' },
      'delivered to 4 people',
    ),
  ],
  answer: 'A fast rise, and a short one: the ferry’s wash. The watch is told, nothing else to do.',
})
