import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { markdownOf, type RowText } from './report/markdown.js'
import { plotSvg } from './report/plot.js'
import type { Report } from './report/report.js'

const PLOT_PATH = 'docs/history-latency.svg'

/** Writes `BENCHMARKS.md` and its plot below `root`. */
export async function writePage(
  root: string,
  report: Report,
  rows: readonly RowText[],
): Promise<void> {
  const plot = plotSvg({
    title: 'Newest page of history, 50 messages',
    xLabel: 'size of the transcript, MiB',
    yLabel: 'median latency, ms',
    series: [
      {
        name: 'reading the whole file',
        colour: '#b45309',
        points: report.curve.map(({ sizeMiB, wholeMs }) => [sizeMiB, wholeMs] as const),
      },
      {
        name: 'openclaw-sessions-api',
        colour: '#1d4ed8',
        points: report.curve.map(({ oursMs, sizeMiB }) => [sizeMiB, oursMs] as const),
      },
    ],
  })
  await mkdir(dirname(join(root, PLOT_PATH)), { recursive: true })
  await writeFile(join(root, PLOT_PATH), plot)
  await writeFile(join(root, 'BENCHMARKS.md'), markdownOf(report, rows, PLOT_PATH))
}
