import t from 'tap'
import { plotSvg } from './plot.js'

const points = (...values: [number, number][]) => values

t.test('values stand where their logarithm is', async (t) => {
  const svg = plotSvg({
    title: 'a < b & c',
    xLabel: 'size',
    yLabel: 'time',
    series: [{ name: 'one', colour: '#000', points: points([1, 1], [10, 10], [100, 100]) }],
  })
  const places = /points="([^"]+)"/
    .exec(svg)?.[1]
    ?.split(' ')
    .map((pair) => pair.split(',').map(Number))
  const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = [], [x3 = 0, y3 = 0] = []] = places ?? []
  t.equal(x2 - x1, x3 - x2, 'a power of ten is as wide as the next')
  t.equal(y1 - y2, y2 - y3, 'and as high')
  t.ok(x1 < x2 && y1 > y2, 'larger is further right and higher')
  t.match(svg, '<title>a &lt; b &amp; c</title>')
  t.notMatch(svg, /NaN|Infinity/)
})

t.test('equal values can be drawn', async (t) => {
  const series = [{ name: 'one', colour: '#000', points: points([5, 3], [5, 3]) }]
  t.notMatch(plotSvg({ title: '', xLabel: '', yLabel: '', series }), /NaN|Infinity/)
})
