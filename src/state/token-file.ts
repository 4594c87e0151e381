import { mkdir, readFile, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type * as z from 'zod'
import { TokenFileContent, type TokenRecord, type TokenRecords } from '../contract/state.js'
import { SessionsError } from '../errors.js'
import { systemCode } from '../system/system-code.js'
import { parseJson } from '../system/well-formed.js'
import { writeAtomic } from './atomic-file.js'
import { fileChanges } from './file-changes.js'
import { withFileLock } from './file-lock.js'
import { fileProblem } from './file-problem.js'

/** A file of some 15,000 tokens. Larger ones are a mistake, and would stall every request while they are compared. */
const MAX_FILE_BYTES = 8 * 1024 * 1024

export interface TokenFileOptions {
  /** Told each time a changed file cannot be used; the tokens read before stay valid. */
  readonly onProblem?: (error: SessionsError) => void
}

/** Tokens in a JSON file, `{version: 1, tokens: [...]}`, which several processes may change at the same time. */
export function tokenFile(path: string, { onProblem = () => {} }: TokenFileOptions = {}) {
  const change = async <T>(
    edit: (tokens: TokenRecord[]) => { tokens: TokenRecord[]; result: T },
  ) => {
    await ensureFolder(path)
    return withFileLock(path, async () => {
      const { tokens, result } = edit(await readTokens(path))
      await writeTokens(path, tokens)
      return result
    })
  }
  return {
    load: () => readTokens(path),
    add: (record) => change((tokens) => ({ tokens: added(tokens, record), result: undefined })),
    remove: (idOrName) => change((tokens) => without(tokens, idOrName)),
    async *changes(signal) {
      for await (const _ of fileChanges(path, signal)) {
        try {
          yield await readTokens(path)
        } catch (error) {
          if (!(error instanceof SessionsError)) throw error
          onProblem(error)
        }
      }
    },
  } satisfies TokenRecords
}

async function readTokens(path: string): Promise<TokenRecord[]> {
  const text = await readText(path)
  return text === null ? [] : parseTokens(path, text)
}

async function readText(path: string): Promise<string | null> {
  try {
    const bytes = await readFile(path)
    if (bytes.length > MAX_FILE_BYTES) throw broken(path, 'it is larger than 8 MiB')
    return bytes.toString('utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw fileProblem('read', path, error)
  }
}

function parseTokens(path: string, text: string): TokenRecord[] {
  const parsed = TokenFileContent.safeParse(contentOf(path, text))
  if (!parsed.success) throw broken(path, firstIssue(parsed.error))
  const { tokens } = parsed.data
  for (const field of ['id', 'name', 'sha256'] as const) {
    const twice = repeated(tokens.map((token) => token[field]))
    if (twice !== null) throw broken(path, `tokens[${twice}] has the ${field} of an earlier token`)
  }
  return tokens
}

function contentOf(path: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw broken(path, 'it is not JSON', error)
  }
}

/** Names the place and what is wrong with it, never the value: it could be a secret in the wrong field. */
function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues
  const place = issue?.path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${String(step)}`),
    '',
  )
  return `at ${place === '' ? 'the top' : place?.replace(/^\./, '')}: ${issue?.message}`
}

function broken(path: string, what: string, cause?: unknown): SessionsError {
  return new SessionsError('invalid_setting', `The tokens file ${path} cannot be used: ${what}.`, {
    cause,
  })
}

/** Index of the first value that was there before, or `null`. */
function repeated(values: readonly string[]): number | null {
  const seen = new Set<string>()
  const index = values.findIndex((value) => {
    const known = seen.has(value)
    seen.add(value)
    return known
  })
  return index === -1 ? null : index
}

function added(tokens: readonly TokenRecord[], record: TokenRecord): TokenRecord[] {
  if (tokens.some(({ name }) => name === record.name))
    throw new SessionsError(
      'token_exists',
      `There is a token named ${JSON.stringify(record.name)} already; revoke it first or choose another name.`,
    )
  return [...tokens, record]
}

/** A name wins over an id, as people type names. */
function without(tokens: readonly TokenRecord[], idOrName: string) {
  const found =
    tokens.find(({ name }) => name === idOrName) ?? tokens.find(({ id }) => id === idOrName)
  if (found === undefined)
    throw new SessionsError(
      'token_not_found',
      `There is no token with the name or id ${JSON.stringify(idOrName)}; \`openclaw-sessions tokens list\` shows them.`,
    )
  return { tokens: tokens.filter((token) => token !== found), result: found }
}

async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw fileProblem('write', path, error)
  }
}

/** A link is written through, so that a file kept elsewhere is replaced there. */
async function writeTokens(path: string, tokens: TokenRecord[]): Promise<void> {
  const content: TokenFileContent = { version: 1, tokens }
  try {
    const target = await realpath(path).catch(() => path)
    await writeAtomic(target, `${JSON.stringify(content, null, 2)}\n`)
  } catch (error) {
    throw fileProblem('write', path, error)
  }
}
