import type { Random } from '../random.js'
import { type Scenario, type SpawnStep, type Step, tool, type Work } from './script.js'
import { BOATS, NEIGHBOURS, PLANTS, STREETS, two } from './words.js'

/** Letters that one turn goes through: some ten minutes of steps. */
const LETTERS = 150
const LETTERS_PER_BOX = 30

/** The long job: a turn of minutes, with a helper for every box of letters. */
export const archiveLetters: Scenario = (random) => {
  const first = random.int(1, 40) * 10
  return {
    prompt: `Please go through letters ${first} to ${first + LETTERS - 1} of the town archive, one at a time: date, sender, what it is about, and file each under its street. Take your time, nobody needs them before spring.`,
    steps: letters(random, first),
    answer: `All ${LETTERS} letters are filed.\n\n| street | letters |\n|---|---|\n${STREETS.map((street) => `| ${street} | ${random.int(12, 38)} |`).join('\n')}\n\n${random.int(3, 9)} could not be dated; they lie in \`archive/undated\`.`,
  }
}

function* letters(random: Random, first: number): Iterable<Step> {
  for (let n = 0; n < LETTERS; n++) {
    if (n % LETTERS_PER_BOX === 0) yield helper(random, 1 + n / LETTERS_PER_BOX)
    yield letter(random, first + n)
  }
}

function letter(random: Random, number: number): Step {
  const path = `archive/letters/${String(number).padStart(4, '0')}.txt`
  if (random.chance(0.35)) {
    const street = random.pick(STREETS)
    const command = `file-letter ${path} --street ${JSON.stringify(street)}`
    return tool('exec', { command }, `filed ${path} under ${street}`)
  }
  return tool('read', { path }, letterText(random, number), {
    ...(random.chance(0.2)
      ? {
          thinking: `The hand changes between ${number - 1} and ${number}; the date must come from the postmark.`,
        }
      : {}),
    ...(number % 10 === 0 ? { saying: `Letter ${number}; nothing unusual so far.` } : {}),
  })
}

function letterText(random: Random, number: number): string {
  const matter = random.pick([
    `asks that the lamp at the end of ${random.pick(STREETS)} be lit before five in winter`,
    `complains of the ${random.pick(BOATS)} being moored across the ferry steps`,
    `offers two barrows of ${random.pick(PLANTS)} cuttings to the town for nothing`,
    `reports a gull that has learnt to open the bread cupboard of the school`,
    `thanks the harbour master for a rope, which is returned with this letter, dry`,
  ])
  const weather = random.pick(['Rain since Tuesday.', 'A clear, cold morning.', 'Fog, as ever.'])
  return `No. ${number}\nEddermouth, the ${random.int(2, 28)}th of ${random.pick(['March', 'June', 'October'])} 19${two(random.int(4, 38))}\n\n${weather} The undersigned ${matter}, and remains, with regards to the council,\n\n${random.pick(NEIGHBOURS)} of ${random.pick(STREETS)}`
}

function helper(random: Random, box: number): SpawnStep {
  const found = random.int(2, 8)
  return {
    kind: 'spawn',
    label: `Box ${box} index`,
    task: `Make an index of box ${box} of the town archive: for every envelope the sender and the year on the postmark. Write it to archive/index-${box}.md.`,
    work: index(random.fork(`box-${box}-${random.hex(6)}`), box),
    announcement: `The index of box ${box} is ready: \`archive/index-${box}.md\`, with ${found} envelopes that have no postmark.`,
  }
}

function index(random: Random, box: number): Work {
  return { steps: envelopes(random, box), answer: `Index written to archive/index-${box}.md.` }
}

const ENVELOPES = 40

function* envelopes(random: Random, box: number): Iterable<Step> {
  for (let n = 1; n <= ENVELOPES; n++) {
    const path = `archive/boxes/${box}/envelope-${two(n)}.txt`
    const year = 1900 + random.int(4, 38)
    const sender = `${random.pick(NEIGHBOURS)}, ${random.pick(STREETS)}`
    yield tool(
      'read',
      { path },
      `front: To the Council, Eddermouth\nback: ${sender}\npostmark: ${year}`,
    )
  }
  yield tool(
    'write',
    {
      path: `archive/index-${box}.md`,
      content: `# Box ${box}\n\n${ENVELOPES} envelopes, ${random.int(5, 12)} senders.`,
    },
    `Wrote archive/index-${box}.md`,
  )
}
