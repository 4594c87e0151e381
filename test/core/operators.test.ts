import t from 'tap'
import { Random } from '../../src/demo/random.js'
import { letOperatorsPlay } from './operators.js'

/** `OPERATORS_FOR_MS=30000 npx tap run test/core/operators.test.ts` plays the long form. */
const FOR_MS = Number(process.env.OPERATORS_FOR_MS ?? 2500)

t.test(
  'two operators press everything at random: nothing impossible, no answer untrue',
  async (t) => {
    const seed = `${Date.now()}`
    const random = new Random(seed)
    const { answers, lies, outcomes, runs } = await letOperatorsPlay({
      sessions: 20,
      forMs: FOR_MS,
      random: () => random.next(),
    })
    t.comment(`seed ${seed}: ${answers} answers over ${runs} runs`, Object.fromEntries(outcomes))
    t.strictSame(lies.slice(0, 5), [], `seed ${seed}`)
    for (const outcome of ['killed', 'paused', 'resumed', 'already', 'no_active_run'])
      t.ok((outcomes.get(outcome) ?? 0) > 0, `${outcome} was among the answers`)
  },
)
