import t from 'tap'
import { figure } from './figure.js'
import { markdownOf } from './markdown.js'
import type { Report } from './report.js'
import { reportText } from './text.js'

const report: Report = {
  at: '2026-11-21T08:00:00.000Z',
  machine: {
    cpu: 'A CPU',
    cores: 2,
    memoryGiB: 8,
    node: 'v20.20.2',
    kernel: 'Linux 6',
    descriptors: '1024',
    wrk: null,
  },
  revision: 'abc1234',
  against: null,
  rounds: 5,
  quick: false,
  verdicts: [
    {
      row: 'fast',
      title: 'a fast row',
      metric: 'req/s',
      unit: '',
      baseline: 1000,
      ours: 900,
      against: null,
      ratio: 0.9,
      goal: { of: 'ratio', atLeast: 0.65 },
      met: true,
    },
    {
      row: 'slow',
      title: 'a slow row',
      metric: 'p99',
      unit: 'ms',
      baseline: null,
      ours: 71.234,
      against: null,
      ratio: null,
      goal: { of: 'value', atMost: 60 },
      met: false,
    },
  ],
  notes: ['wrk is not installed.'],
  curve: [{ sizeMiB: 1024, oursMs: 1.234, wholeMs: 4321.9 }],
}

t.test('the terminal is told which rows miss', async (t) => {
  const text = reportText(report)
  t.match(
    text,
    'A CPU, 2 cores, 8 GiB, Node v20.20.2, Linux 6, 1024 open files, wrk is not installed',
  )
  t.match(text, /Missed:\n {2}slow, p99: 71.2 ms, goal ≤ 60 ms\n$/)
  t.match(
    reportText({ ...report, verdicts: report.verdicts.slice(0, 1) }),
    /Every goal is met\.\n$/,
  )
  t.match(reportText({ ...report, quick: true }), /--quick/)
})

t.test('the page holds every figure, the date and the commit', async (t) => {
  const rows = [
    { name: 'fast', title: 'a fast row', baseline: 'a raw server' },
    { name: 'slow', title: 'a slow row', baseline: '-' },
  ]
  const page = markdownOf(report, rows, 'docs/plot.svg')
  t.match(page, '2026-11-21, commit abc1234')
  t.match(page, '| **fast** | req/s | 1,000 | 900 | 0.9 | ≥ 0.65 × baseline | met |')
  t.match(page, '| **slow** | p99, ms | - | 71.2 | - | ≤ 60 ms | missed |')
  t.match(page, '* **fast**: a fast row. Baseline: a raw server.')
  t.match(
    page,
    '![Latency of the newest page of history against the size of the transcript](docs/plot.svg)',
  )
  t.match(page, '| 1024 | 1.23 | 4,322 |')
})

t.test('figures have three digits that count', async (t) => {
  t.same([0, 0.05234, 8.314, 83_120, null].map(figure), ['0', '0.0523', '8.31', '83,120', '-'])
})
