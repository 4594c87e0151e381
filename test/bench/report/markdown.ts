import { machineText } from '../machine.js'
import { goalText, type Verdict } from '../verdict.js'
import { figure } from './figure.js'
import type { Report } from './report.js'
import { verdictText } from './table.js'

/** What each row does, for the page. */
export interface RowText {
  readonly name: string
  readonly title: string
  readonly baseline: string
}

/** The page `BENCHMARKS.md`. */
export function markdownOf(report: Report, rows: readonly RowText[], plotPath: string): string {
  return `# Benchmarks

\`npm run bench\` prints this table; \`npm run bench -- --write\` writes this page. Absolute times move from machine to
machine: each baseline ran in the same minutes on the same machine, in turns with the service, each round in fresh
processes. Figures are medians of ${report.rounds} rounds. The service is the built one, started as
\`openclaw-sessions serve\`, with authentication, CORS and metrics on and without its request log.

${machineText(report.machine)}

${report.at.slice(0, 10)}, commit ${report.revision}

${tableOf(report.verdicts, rows)}
${report.notes.map((note) => `\n* ${note}`).join('')}

## What was measured

${rows.map(({ baseline, name, title }) => `* **${name}**: ${title}.${baseline === '-' ? '' : ` Baseline: ${baseline}.`}`).join('\n')}

## History latency against transcript size

![Latency of the newest page of history against the size of the transcript](${plotPath})

| transcript, MiB | ours, ms | reading the whole file, ms |
|---:|---:|---:|
${report.curve.map(({ oursMs, sizeMiB, wholeMs }) => `| ${sizeMiB} | ${figure(oursMs)} | ${figure(wholeMs)} |`).join('\n')}
`
}

function tableOf(verdicts: readonly Verdict[], rows: readonly RowText[]): string {
  const lines = rows.flatMap(({ name }) =>
    verdicts
      .filter(({ row }) => row === name)
      .map((verdict, index) => lineOf(index === 0 ? `**${name}**` : '', verdict)),
  )
  return `| row | figure | baseline | ours | ratio | goal | |
|---|---|---:|---:|---:|---|---|
${lines.join('\n')}`
}

function lineOf(name: string, verdict: Verdict): string {
  const { baseline, metric, ours, ratio, unit } = verdict
  const cells = [
    name,
    unit === '' ? metric : `${metric}, ${unit}`,
    figure(baseline),
    figure(ours),
    figure(ratio),
    goalText(verdict),
    verdictText(verdict),
  ]
  return `| ${cells.join(' | ')} |`
}
