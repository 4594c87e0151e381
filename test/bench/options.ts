import { Command, InvalidArgumentError, Option } from 'commander'
import { ROWS } from './rows/index.js'

const DEFAULT_ROUNDS = 5

/** What to measure, and how to say it. */
export interface BenchOptions {
  /** Names of rows; all of them when absent. */
  readonly only?: readonly string[]
  readonly rounds: number
  readonly against?: string
  readonly quick?: true
  readonly json?: true
  readonly write?: true
  readonly curve?: true
}

/** Reads the command line; prints help or what is wrong, and ends the process then. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  return new Command('npm run bench --')
    .description('measure the built service against baselines, in turns on this machine')
    .addOption(
      new Option('--only <row...>', 'measure these rows only').choices(
        ROWS.map(({ name }) => name),
      ),
    )
    .option(
      '--rounds <count>',
      'rounds of each variant; the table has their median',
      count,
      DEFAULT_ROUNDS,
    )
    .option('--against <revision>', 'also build and measure this git revision')
    .option('--quick', 'smaller data and less time, to try a change')
    .option('--json', 'print the report as JSON')
    .option('--curve', 'also measure history latency against transcript size')
    .addOption(
      new Option('--write', 'write BENCHMARKS.md and its plot; measures everything').conflicts([
        'only',
        'quick',
        'against',
      ]),
    )
    .addHelpText(
      'after',
      `\nRows:\n${ROWS.map(({ name, title }) => `  ${name.padEnd(17)}${title}`).join('\n')}\n\nExit codes: 0 every goal is met, 1 a goal is missed or a trial failed.`,
    )
    .parse(argv)
    .opts<BenchOptions>()
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It takes a whole number from 1.')
}
