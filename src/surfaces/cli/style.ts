import { styleText } from 'node:util'

/** Paints a text, or leaves it as it is. */
export type Paint = (text: string) => string

/** Styles for one output; plain text where it is no terminal, or one without colours (`NO_COLOR` included). */
export interface Style {
  readonly strong: Paint
  readonly quiet: Paint
  readonly success: Paint
  readonly warning: Paint
  readonly failure: Paint
}

interface Output {
  readonly isTTY?: boolean
  hasColors?(): boolean
}

export function styleFor(output: Output): Style {
  if (output.isTTY !== true || output.hasColors?.() !== true) return PLAIN
  return {
    strong: (text) => styleText('bold', text),
    quiet: (text) => styleText('dim', text),
    success: (text) => styleText('green', text),
    warning: (text) => styleText('yellow', text),
    failure: (text) => styleText('red', text),
  }
}

const same: Paint = (text) => text
const PLAIN: Style = {
  strong: same,
  quiet: same,
  success: same,
  warning: same,
  failure: same,
}
