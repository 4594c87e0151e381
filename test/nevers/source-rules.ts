import ts from 'typescript'

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

const PROCESS_STARTERS = ['src/server.ts', 'src/cli/main.ts']
const SSE_WRITER = 'src/http/sse.ts'
const STREAM_TYPE = /^\s*text\/event-stream\s*(;|$)/i
/** Where a store builds its paths; the index of JSONL transcripts only names its own files in the data directory. */
const PATH_FILES = /^src\/stores\/(jsonl\/saved-indexes|[\w-]+\/paths)\.ts$/
const TERMINAL = new Set(['stdout', 'stderr', 'stdin'])
/** What builds a path; `basename`, `dirname` and the like only read one. */
const PATH_BUILDERS = new Set(['join', 'resolve', 'normalize', 'format'])

const inFolder =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(folder))

/** `process.<name>`, or `<name>` imported from or destructured out of `process`. */
function takesFromProcess(node: ts.Node, takes: (name: string) => boolean): boolean {
  if (ts.isPropertyAccessExpression(node))
    return isProcess(node.expression) && takes(node.name.text)
  if (ts.isElementAccessExpression(node)) {
    const key = node.argumentExpression
    return isProcess(node.expression) && ts.isStringLiteralLike(key) && takes(key.text)
  }
  if (ts.isImportSpecifier(node)) {
    const from = node.parent.parent.parent.moduleSpecifier
    return ts.isStringLiteral(from) && /^(node:)?process$/.test(from.text) && takes(namedAs(node))
  }
  if (ts.isBindingElement(node)) {
    const holder = node.parent.parent
    const source = ts.isVariableDeclaration(holder) ? holder.initializer : undefined
    return source !== undefined && isProcess(source) && takes(namedAs(node))
  }
  return false
}

const isProcess = (node: ts.Node) => ts.isIdentifier(node) && node.text === 'process'

const namedAs = (node: ts.ImportSpecifier | ts.BindingElement) =>
  (node.propertyName ?? node.name).getText()

/** `process.on('SIGTERM')` and its siblings. */
function listensForSignal(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false
  const { expression, name } = node.expression
  const event = node.arguments[0]
  return (
    isProcess(expression) &&
    /^(on|once|addListener|prependListener)$/.test(name.text) &&
    event !== undefined &&
    !(ts.isStringLiteralLike(event) && !event.text.startsWith('SIG'))
  )
}

const importsFrom = (node: ts.Node, module: RegExp) =>
  (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
  node.moduleSpecifier !== undefined &&
  ts.isStringLiteral(node.moduleSpecifier) &&
  module.test(node.moduleSpecifier.text)

/** Takes a path builder from `node:path`, or the whole module, which holds them. */
function importsPathBuilder(node: ts.Node): boolean {
  if (!importsFrom(node, /^(node:)?path(\/posix|\/win32)?$/)) return false
  if (!ts.isImportDeclaration(node)) return true
  const bindings = node.importClause?.namedBindings
  if (node.importClause?.name !== undefined || bindings === undefined) return true
  if (ts.isNamespaceImport(bindings)) return true
  return bindings.elements.some((element) => PATH_BUILDERS.has(namedAs(element)))
}

/** `throw new X(...)` of another class; what was caught may be thrown again. */
const throwsForeignError = (node: ts.Node) =>
  ts.isThrowStatement(node) &&
  ts.isNewExpression(node.expression) &&
  node.expression.expression.getText() !== 'SessionsError'

/** `catch (error) { throw new SessionsError(code, text) }` loses what happened. */
function dropsCause(node: ts.Node): boolean {
  if (!ts.isThrowStatement(node) || !ts.isNewExpression(node.expression)) return false
  if (enclosingCatch(node) === undefined) return false
  const extras = node.expression.arguments?.[2]
  return extras === undefined || !/\bcause\b/.test(extras.getText())
}

function enclosingCatch(node: ts.Node): ts.CatchClause | undefined {
  for (let up = node.parent; up !== undefined && !ts.isFunctionLike(up); up = up.parent)
    if (ts.isCatchClause(up)) return up
  return undefined
}

/** `reply.raw` under any name: only a request's raw side may be looked at elsewhere. */
function touchesRawReply(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node))
    return (
      (node.name.text === 'raw' && !/(^|\.)(req|request)$/i.test(node.expression.getText())) ||
      node.name.text === 'hijack'
    )
  if (!ts.isBindingElement(node) || !ts.isObjectBindingPattern(node.parent)) return false
  if (namedAs(node) !== 'raw') return false
  const holder = node.parent.parent
  const source = ts.isVariableDeclaration(holder) ? holder.initializer?.getText() : undefined
  return !/(^|\.)(req|request)$/i.test(source ?? '')
}

/** The type of a stream where a header could get it; a schema that names it, or asking for it, writes nothing. */
function writesStreamType(node: ts.Node): boolean {
  if (!ts.isStringLiteralLike(node) || !STREAM_TYPE.test(node.text)) return false
  const { parent } = node
  if (ts.isPropertyAssignment(parent))
    return parent.name !== node && /^.?content-?type.?$/i.test(parent.name.getText())
  return !(ts.isCallExpression(parent) && parent.expression.getText() === 'prefers')
}

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
    appliesTo: (path) => path !== 'src/config.ts',
    breaks: (node) => takesFromProcess(node, (name) => name === 'env'),
  },
  {
    never: 5,
    message: 'Only server.ts and cli/main.ts end the process: throw a SessionsError instead.',
    appliesTo: (path) => !PROCESS_STARTERS.includes(path),
    breaks: (node) => takesFromProcess(node, (name) => /^(exit|abort|reallyExit)$/.test(name)),
  },
  {
    never: 5,
    message: 'Signals belong to server.ts and cli/main.ts: offer a close() that they call.',
    appliesTo: (path) => !PROCESS_STARTERS.includes(path),
    breaks: (node) => listensForSignal(node) || importsFrom(node, /^close-with-grace$/),
  },
  {
    never: 5,
    message: 'The terminal belongs to cli/: return the value, or write a log line.',
    appliesTo: (path) => !path.startsWith('src/cli/'),
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
    message: 'Only http/sse.ts touches the raw reply: use its writer.',
    appliesTo: (path) => path !== SSE_WRITER,
    breaks: touchesRawReply,
  },
  {
    never: 7,
    message: 'Only http/sse.ts writes an event stream: hand it the follower.',
    appliesTo: (path) => path !== SSE_WRITER,
    breaks: writesStreamType,
  },
  {
    never: 1,
    message:
      'Write an import at the top of the file: the lint of the nevers does not see this one.',
    appliesTo: () => true,
    breaks: (node) => ts.isImportTypeNode(node) || climbsSideways(node),
  },
]

/** `./../x` and `../contract/../x` name a folder in a way that hides it from the lint patterns. */
const climbsSideways = (node: ts.Node) => importsFrom(node, /[^.]\/\.\.\/|^\.\/\.\.\//)

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
