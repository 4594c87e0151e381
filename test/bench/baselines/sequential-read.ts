/**
 * Baseline: reads a file once from its start to its end, in pieces of 1 MiB, when it is asked to `run`: the milliseconds
 * that took. Argument 0 is the file.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { answerQuestions, stayForQuestions } from '../processes/channel.js'
import { argument } from './listen.js'

answerQuestions({ loaded: () => true, run: () => run(argument(0)) })
stayForQuestions()

function run(path: string): number {
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  const begun = performance.now()
  const file = openSync(path, 'r')
  while (readSync(file, buffer) > 0);
  closeSync(file)
  return performance.now() - begun
}
