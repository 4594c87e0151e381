import { figure } from './figure.js'

/** A line of a plot: its name, its colour, its points. */
export interface Series {
  readonly name: string
  readonly colour: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface PlotOptions {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly Series[]
}

const WIDTH = 720
const HEIGHT = 420
const MARGIN = { left: 72, right: 24, top: 48, bottom: 56 }

/** Draws lines over logarithmic axes as an SVG document; all values must be above 0. */
export function plotSvg({ series, title, xLabel, yLabel }: PlotOptions): string {
  const points = series.flatMap((line) => line.points)
  const x = logScale(
    points.map(([value]) => value),
    MARGIN.left,
    WIDTH - MARGIN.right,
  )
  const y = logScale(
    points.map(([, value]) => value),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13">
<title>${escaped(title)}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${MARGIN.left}" y="26" font-size="16" font-weight="600">${escaped(title)}</text>
${x.ticks.map((tick) => xTick(tick, x.place(tick))).join('\n')}
${y.ticks.map((tick) => yTick(tick, y.place(tick))).join('\n')}
<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 14}" text-anchor="middle">${escaped(xLabel)}</text>
<text transform="translate(18 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>
${series.map((line) => lineSvg(line, x, y)).join('\n')}
</svg>
`
}

interface Scale {
  /** Powers of ten. */
  readonly ticks: readonly number[]
  place(value: number): number
}

/** From the power of ten below the smallest value to the one above the largest. */
function logScale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    place: (value) => round(from + ((Math.log10(value) - low) / (high - low)) * (to - from)),
  }
}

function xTick(tick: number, at: number): string {
  const bottom = HEIGHT - MARGIN.bottom
  return `<path d="M${at} ${MARGIN.top}V${bottom}" stroke="#e5e7eb"/><text x="${at}" y="${bottom + 20}" text-anchor="middle">${figure(tick)}</text>`
}

function yTick(tick: number, at: number): string {
  return `<path d="M${MARGIN.left} ${at}H${WIDTH - MARGIN.right}" stroke="#e5e7eb"/><text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${figure(tick)}</text>`
}

function lineSvg({ colour, name, points }: Series, x: Scale, y: Scale): string {
  const places = points.map(([at, value]) => [x.place(at), y.place(value), value] as const)
  const [lastX = 0, lastY = 0] = places.at(-1) ?? []
  const marks = places.map(
    ([cx, cy, value]) =>
      `<circle cx="${cx}" cy="${cy}" r="4" fill="${colour}"/><text x="${cx}" y="${cy - 10}" text-anchor="middle" fill="${colour}">${figure(value)}</text>`,
  )
  return `<polyline fill="none" stroke="${colour}" stroke-width="2.5" points="${places.map(([px, py]) => `${px},${py}`).join(' ')}"/>
${marks.join('\n')}
<text x="${lastX}" y="${lastY + 24}" text-anchor="end" font-weight="600" fill="${colour}">${escaped(name)}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
