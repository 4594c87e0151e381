import { loanExport } from './outputs.js'
import { type Scenario, type Step, tool } from './script.js'
import { BOOKS, decimal, NEIGHBOURS, STREETS } from './words.js'

const whereIs: Scenario = (random) => {
  const title = random.pick(BOOKS)
  const name = random.pick(NEIGHBOURS)
  return {
    prompt: `Is “${title}” in? ${name} asks for the third time.`,
    steps: [
      tool(
        'catalogue_search',
        { title },
        JSON.stringify(
          { title, copies: 2, in: random.int(0, 1), shelf: `R${random.int(1, 30)}` },
          null,
          2,
        ),
      ),
      tool('catalogue_reserve', { title, borrower: name }, 'reserved; place in the queue: 1'),
    ],
    answer: `One copy is on its way back. It is reserved for ${name}; the card goes out when it is on the shelf.`,
  }
}

const weeding: Scenario = (random) => {
  const title = random.pick(BOOKS)
  return {
    prompt: 'Which books has nobody borrowed for ten years? Be gentle.',
    steps: [
      tool(
        'exec',
        { command: 'catalogue export --loans --tsv' },
        loanExport(random, random.int(260, 620)),
        {
          slow: 2,
          thinking: 'The export is long; only the last loan of each title counts.',
        },
      ),
      tool(
        'exec',
        { command: 'cut -f3 loans.tsv | sort | uniq -c | sort -n | head -5' },
        BOOKS.slice(0, 5)
          .map((book) => `${String(random.int(0, 4)).padStart(4)} ${book}`)
          .join('\n'),
      ),
    ],
    answer: `Five candidates, none of them urgent. I would keep *${title}* all the same: it was read in the reading room ${random.int(4, 11)} times, which no loan shows.`,
  }
}

const translation: Scenario = (random) => ({
  prompt: `Une lectrice de ${random.pick(STREETS)} demande un résumé de « La mer en hiver », et 一句中文, s’il vous plaît.`,
  steps: [
    tool(
      'catalogue_read',
      { title: 'La mer en hiver', pages: '1-12' },
      'La mer, en novembre, change de métier. Elle ne berce plus ; elle compte.\n'.repeat(
        random.int(8, 20),
      ),
    ),
  ],
  answer:
    'Un phare, deux sœurs, un hiver trop long ; la mer tient les comptes.\n\n一个灯塔，两个姐妹，一个漫长的冬天。\n\nבקיצור: ספר יפה. 🌊',
})

const readingRoom: Scenario = (random) => {
  const box = random.int(1, 9)
  return {
    prompt: `Box ${box} of the sound recordings is here. Can somebody list it while we sort out the shelves?`,
    steps: [
      {
        kind: 'spawn',
        label: `Recordings, box ${box}`,
        task: `List the sound recordings in box ${box}: speaker, minutes, and whether the tape is whole.`,
        work: {
          steps: recordings(random.fork('tapes').int(8, 16)),
          answer: `All tapes of box ${box} are listed.`,
        },
        announcement: `Box ${box} is listed: ${random.int(8, 16)} tapes, one of them only wind.`,
      },
      tool(
        'shelf_plan',
        { room: 'reading-room' },
        `free: ${decimal(random, 0.8, 2.6)} m on R${random.int(1, 30)}`,
      ),
    ],
    answer: 'A helper is listing the box; I have made room on the lower shelf meanwhile.',
  }
}

export const libraryScenarios = [whereIs, weeding, translation, readingRoom, whereIs] as const

/** Cards to those who keep books too long. */
export const overdueNotices: Scenario = (random) => {
  const late = random.int(0, 6)
  return {
    prompt: 'Send the overdue notices. If nobody is late, reply only with NO_REPLY.',
    steps: [
      tool(
        'catalogue_overdue',
        { days: 14 },
        late === 0
          ? '[]'
          : JSON.stringify(
              Array.from({ length: late }, () => ({
                borrower: random.pick(NEIGHBOURS),
                title: random.pick(BOOKS),
                days: random.int(15, 60),
              })),
              null,
              2,
            ),
      ),
    ],
    answer: late === 0 ? 'NO_REPLY' : `${late} cards written, in the kind wording.`,
  }
}

function* recordings(tapes: number): Iterable<Step> {
  for (let tape = 1; tape <= tapes; tape++) {
    const path = `recordings/tape-${tape}.json`
    yield tool(
      'read',
      { path },
      JSON.stringify({ tape, minutes: 7 + ((tape * 13) % 40), whole: tape % 5 !== 0 }),
    )
  }
}
