// Draws what commands printed as scenes of one picture, one after the other, for ever. Styles only, no script: pages that
// show pictures of others run none.

/** What begins each code of a terminal. */
export const ESCAPE = String.fromCharCode(27)
const STYLE_CODE = new RegExp(`${ESCAPE}\\[([\\d;]*)m`)
/** Every other code, and control characters. */
const NO_TEXT = new RegExp(`${ESCAPE}\\[[\\d;?]*[A-Za-z]|\\p{Cc}`, 'gu')

const CHAR_WIDTH = 8.4
const LINE_HEIGHT = 18
const MARGIN = 16
const SCENE_SECONDS = 7

/** Colours of the terminal by the number of its code (ECMA-48, SGR). */
const COLOURS = { 31: '#ff7b72', 32: '#7ee787', 33: '#f2cc60' }
const [BACK, INK, QUIET] = ['#0d1117', '#e6edf3', '#8b949e']

/** `scenes`: a command as `title`, and the `lines` that it printed, with their colour codes. Returns the SVG. */
export function castSvg(scenes, columns) {
  const rows = 2 + Math.max(...scenes.map(({ lines }) => lines.length))
  const width = Math.ceil(columns * CHAR_WIDTH + 2 * MARGIN)
  const height = rows * LINE_HEIGHT + 2 * MARGIN
  const drawn = scenes.map((scene, at) => sceneSvg(scene, at, scenes.length)).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The command line of openclaw-sessions">
<style>${styleOf(scenes.length)}</style>
<rect width="100%" height="100%" rx="8" fill="${BACK}"/>
${drawn}
</svg>
`
}

/** Each scene is there for its part of the whole; who wants no motion sees the first one. */
function styleOf(count) {
  const share = 100 / count
  return `text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:${INK};white-space:pre}.b{font-weight:bold}.d{fill:${QUIET}}g{opacity:0;animation:turn ${count * SCENE_SECONDS}s step-end infinite}@keyframes turn{0%{opacity:1}${share}%{opacity:0}}@media(prefers-reduced-motion){g{animation:none}g:first-of-type{opacity:1}}`
}

function sceneSvg({ lines, title }, at, count) {
  const texts = [prompt(title), ...lines.map(spans)]
  const rows = texts.map((text, row) => {
    const y = MARGIN + (row + 1) * LINE_HEIGHT
    return text === '' ? '' : `<text x="${MARGIN}" y="${y}">${text}</text>`
  })
  const delay = at === 0 ? 0 : (at - count) * SCENE_SECONDS
  return `<g style="animation-delay:${delay}s">${rows.filter((row) => row !== '').join('')}</g>`
}

function prompt(title) {
  return `<tspan class="d">$ </tspan><tspan class="b">${escaped(title)}</tspan>`
}

/** A line with the codes of its terminal as spans. */
function spans(line) {
  const state = { bold: false, dim: false, colour: null }
  const parts = line.split(STYLE_CODE)
  return parts.map((part, at) => (at % 2 === 1 ? take(state, part) : span(state, part))).join('')
}

function take(state, codes) {
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) Object.assign(state, { bold: false, dim: false, colour: null })
    else if (code === 1) state.bold = true
    else if (code === 2) state.dim = true
    else if (code === 22) Object.assign(state, { bold: false, dim: false })
    else if (code === 39) state.colour = null
    else if (code in COLOURS) state.colour = COLOURS[code]
  }
  return ''
}

function span({ bold, colour, dim }, text) {
  if (text === '') return ''
  const names = [bold ? 'b' : '', dim ? 'd' : ''].filter((name) => name !== '').join(' ')
  const look = `${names === '' ? '' : ` class="${names}"`}${colour === null ? '' : ` fill="${colour}"`}`
  return look === '' ? escaped(text) : `<tspan${look}>${escaped(text)}</tspan>`
}

/** Without what is left of a terminal's codes, which no picture may hold. */
function escaped(text) {
  return text.replaceAll(NO_TEXT, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
