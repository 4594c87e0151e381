import type { CommandToTry } from './commands-to-try.js'
import type { Style } from './style.js'

export interface StartScreenFacts {
  readonly version: string
  /** What is being served, e.g. the path of a state directory. */
  readonly served: string
  readonly url: string
  /** `null` when the reference page is off. */
  readonly docsUrl: string | null
  readonly tokensPath: string
  readonly warnings: readonly string[]
  readonly commands: readonly CommandToTry[]
}

/** The one screen at start. Each command stands on a line by itself, to be copied whole. */
export function startScreen(facts: StartScreenFacts, style: Style): string {
  const row = (name: string, value: string) => `  ${style.quiet(name.padEnd(10))}${value}`
  const lines = [
    style.strong(`openclaw-sessions ${facts.version}`),
    '',
    row('serving', facts.served),
    row('url', facts.url),
    ...(facts.docsUrl === null ? [] : [row('reference', facts.docsUrl)]),
    row('tokens', facts.tokensPath),
    ...facts.warnings.map((warning) => row('warning', warning)),
    '',
    'Try in another terminal:',
    ...facts.commands.flatMap(({ does, command }) => ['', style.quiet(`# ${does}`), command]),
    '',
    style.quiet('Ctrl-C stops the service.'),
  ]
  return `${lines.join('\n')}\n`
}
