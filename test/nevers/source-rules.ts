import ts from 'typescript'
import {
  dropsCause,
  hidesImport,
  importsFrom,
  importsPathBuilder,
  listensForSignal,
  parsesJson,
  takesFromProcess,
  throwsForeignError,
  touchesRawReply,
  writesStreamType,
} from './syntax.js'

/** A never of ARCHITECTURE.md that import lint cannot see, checked on the syntax tree of each source file. */
export interface SourceRule {
  /** Number of the never. */
  readonly never: number
  /** Where the thing belongs. */
  readonly message: string
  /** Files of `src/` that the rule looks at, repository-relative with forward slashes. */
  readonly appliesTo: (path: string) => boolean
  readonly breaks: (node: ts.Node) => boolean
}

/** One broken never. */
export interface Finding {
  readonly never: number
  readonly path: string
  readonly line: number
  readonly message: string
}

const PROCESS_STARTERS = ['src/server.ts', 'src/surfaces/cli/main.ts']
const SSE_WRITER = 'src/surfaces/http/sse.ts'
const JSON_READER = 'src/system/well-formed.ts'
/** Where a store builds its paths; the index of JSONL transcripts only names its own files in the data directory. */
const PATH_FILES = /^src\/stores\/(jsonl\/saved-indexes|[\w-]+\/(writing\/)?paths)\.ts$/
const TERMINAL = new Set(['stdout', 'stderr', 'stdin'])

const inFolder =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(folder))

export const SOURCE_RULES: readonly SourceRule[] = [
  {
    never: 2,
    message: 'Stores and runtimes throw the one error class: new SessionsError(code, sentence).',
    appliesTo: inFolder('src/stores/', 'src/runtimes/'),
    breaks: throwsForeignError,
  },
  {
    never: 2,
    message: 'What was caught is kept: pass { cause } as the third argument of SessionsError.',
    appliesTo: inFolder('src/stores/', 'src/runtimes/'),
    breaks: dropsCause,
  },
  {
    never: 5,
    message: 'The environment is read in config.ts only: take the setting as an argument.',
    appliesTo: (path) => path !== 'src/config/config.ts',
    breaks: (node) => takesFromProcess(node, (name) => name === 'env'),
  },
  {
    never: 5,
    message:
      'Only server.ts and surfaces/cli/main.ts end the process: throw a SessionsError instead.',
    appliesTo: (path) => !PROCESS_STARTERS.includes(path),
    breaks: (node) => takesFromProcess(node, (name) => /^(exit|abort|reallyExit)$/.test(name)),
  },
  {
    never: 5,
    message:
      'Signals belong to server.ts and surfaces/cli/main.ts: offer a close() that they call.',
    appliesTo: (path) => !PROCESS_STARTERS.includes(path),
    breaks: (node) => listensForSignal(node) || importsFrom(node, /^close-with-grace$/),
  },
  {
    never: 5,
    message: 'The terminal belongs to cli/: return the value, or write a log line.',
    appliesTo: (path) => !path.startsWith('src/surfaces/cli/'),
    breaks: (node) => takesFromProcess(node, (name) => TERMINAL.has(name)),
  },
  {
    never: 6,
    message:
      "Paths are built in the store's paths.ts, behind its traversal guard: add a function there.",
    appliesTo: (path) => path.startsWith('src/stores/') && !PATH_FILES.test(path),
    breaks: importsPathBuilder,
  },
  {
    never: 7,
    message: 'Only surfaces/http/sse.ts touches the raw reply: use its writer.',
    appliesTo: (path) => path !== SSE_WRITER,
    breaks: touchesRawReply,
  },
  {
    never: 7,
    message: 'Only surfaces/http/sse.ts writes an event stream: hand it the follower.',
    appliesTo: (path) => path !== SSE_WRITER,
    breaks: writesStreamType,
  },
  {
    never: 8,
    message:
      'JSON.parse lets halves of surrogate pairs through: use parseJson of system/well-formed.ts.',
    appliesTo: (path) => path !== JSON_READER,
    breaks: parsesJson,
  },
  {
    never: 1,
    message:
      'Write an import at the top of the file: the lint of the nevers does not see this one.',
    appliesTo: () => true,
    breaks: hidesImport,
  },
]

/** Every never of `SOURCE_RULES` that `text` breaks when it stands at `path`. */
export function findBroken(path: string, text: string): Finding[] {
  const rules = SOURCE_RULES.filter((rule) => rule.appliesTo(path))
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const findings: Finding[] = []
  const visit = (node: ts.Node): void => {
    for (const { never, message, breaks } of rules) {
      if (!breaks(node)) continue
      const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
      findings.push({ never, path, line, message })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return findings
}
