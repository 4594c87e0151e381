import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { KeptAnswer } from '../contract/state.js'
import type { SessionsError } from '../errors.js'
import { Latest } from '../system/latest.js'
import { systemCode } from '../system/system-code.js'
import { parseJson } from '../system/well-formed.js'
import { writeAtomic } from './atomic-file.js'
import { fileProblem } from './file-problem.js'
import type { AnswerJournal, Remembered } from './idempotency.js'
import { LineFile } from './line-file.js'

/** At this size the file is written anew with what still counts, and again when it has doubled since. */
const LEAST_REWRITE_BYTES = 1024 * 1024

const Line = z.object({
  scope: z.string(),
  body: z.string(),
  atMs: z.number(),
  answer: KeptAnswer,
})

export interface AnswerFileOptions {
  /** Told when the file was there but could not be read; it is begun anew. */
  readonly onProblem?: (error: SessionsError) => void
}

/** Kept answers as JSON lines, appended one by one: a crash tears at most the line that nobody was told of. */
export function answerFile(
  path: string,
  { onProblem = () => {} }: AnswerFileOptions = {},
): AnswerJournal {
  let file = new LineFile(path)
  let rewriteAt = LEAST_REWRITE_BYTES
  let all: () => Iterable<Remembered> = () => []
  const pending: string[] = []

  const rewrite = async () => {
    const content = [...all()].map((line) => `${JSON.stringify(line)}\n`).join('')
    await writeAtomic(path, content)
    const bytes = Buffer.byteLength(content)
    file = new LineFile(path, { bytes, torn: false })
    rewriteAt = Math.max(LEAST_REWRITE_BYTES, 2 * bytes)
  }
  const writer = new Latest(async () => {
    const lines = pending.splice(0)
    if (file.bytes < rewriteAt) return file.append(lines)
    await rewrite().catch((error) => {
      throw fileProblem('write', path, error)
    })
  })

  return {
    async load() {
      try {
        const text = await readFile(path, 'utf8')
        const torn = text !== '' && !text.endsWith('\n')
        file = new LineFile(path, { bytes: Buffer.byteLength(text), torn })
        return text.split('\n').flatMap(parse)
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') onProblem(fileProblem('read', path, error))
        return []
      }
    },
    add(added, remembered) {
      all = remembered
      pending.push(JSON.stringify(added))
      return writer.save()
    },
  }
}

/** What is broken is passed over: its request acts again, as it would have without a key. */
function parse(line: string): Remembered[] {
  try {
    const parsed = Line.safeParse(parseJson(line))
    return parsed.success ? [parsed.data] : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}
