import ts from 'typescript'

const STREAM_TYPE = /^\s*text\/event-stream\s*(;|$)/i
/** What builds a path; `basename`, `dirname` and the like only read one. */
const PATH_BUILDERS = new Set(['join', 'resolve', 'normalize', 'format'])

/** `process.<name>`, or `<name>` imported from or destructured out of `process`. */
export function takesFromProcess(node: ts.Node, takes: (name: string) => boolean): boolean {
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
export function listensForSignal(node: ts.Node): boolean {
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

export const importsFrom = (node: ts.Node, module: RegExp) =>
  (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
  node.moduleSpecifier !== undefined &&
  ts.isStringLiteral(node.moduleSpecifier) &&
  module.test(node.moduleSpecifier.text)

/** Takes a path builder from `node:path`, or the whole module, which holds them. */
export function importsPathBuilder(node: ts.Node): boolean {
  if (!importsFrom(node, /^(node:)?path(\/posix|\/win32)?$/)) return false
  if (!ts.isImportDeclaration(node)) return true
  const bindings = node.importClause?.namedBindings
  if (node.importClause?.name !== undefined || bindings === undefined) return true
  if (ts.isNamespaceImport(bindings)) return true
  return bindings.elements.some((element) => PATH_BUILDERS.has(namedAs(element)))
}

/** `throw new X(...)` of another class; what was caught may be thrown again. */
export const throwsForeignError = (node: ts.Node) =>
  ts.isThrowStatement(node) &&
  ts.isNewExpression(node.expression) &&
  node.expression.expression.getText() !== 'SessionsError'

/** `catch (error) { throw new SessionsError(code, text) }` loses what happened. */
export function dropsCause(node: ts.Node): boolean {
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

/** `JSON.parse`, called or handed on. */
export const parsesJson = (node: ts.Node) =>
  ts.isPropertyAccessExpression(node) &&
  node.expression.getText() === 'JSON' &&
  node.name.text === 'parse'

/** `reply.raw` under any name: only a request's raw side may be looked at elsewhere. */
export function touchesRawReply(node: ts.Node): boolean {
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
export function writesStreamType(node: ts.Node): boolean {
  if (!ts.isStringLiteralLike(node) || !STREAM_TYPE.test(node.text)) return false
  const { parent } = node
  if (ts.isPropertyAssignment(parent))
    return parent.name !== node && /^.?content-?type.?$/i.test(parent.name.getText())
  return !(ts.isCallExpression(parent) && parent.expression.getText() === 'prefers')
}

/** An import that the lint patterns do not see: a type's `import('x').T`, or a folder named as `./../x` or `a/../x`. */
export const hidesImport = (node: ts.Node) =>
  ts.isImportTypeNode(node) || importsFrom(node, /[^.]\/\.\.\/|^\.\/\.\.\//)
