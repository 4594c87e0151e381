import { styleText } from 'node:util'

/** Styles for one output; plain text where it is no terminal, or one without colours (`NO_COLOR` included). */
export interface Style {
  strong(text: string): string
  quiet(text: string): string
  failure(text: string): string
}

interface Output {
  readonly isTTY?: boolean
  hasColors?(): boolean
}

export function styleFor(output: Output): Style {
  if (output.isTTY !== true || output.hasColors?.() !== true)
    return { strong: same, quiet: same, failure: same }
  return {
    strong: (text) => styleText('bold', text),
    quiet: (text) => styleText('dim', text),
    failure: (text) => styleText('red', text),
  }
}

const same = (text: string) => text
