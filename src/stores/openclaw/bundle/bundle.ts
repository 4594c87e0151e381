import type { BundleSummary } from '../../../contract/bundle.js'
import { isFields } from '../format/fields.js'
import type { BundleFile, BundleFiles } from './bundle-files.js'
import { artifactsFields, captureHead, metadataFields, promptsFields } from './captures.js'
import { eventLines, transcriptEventCount } from './event-lines.js'
import type { BundleFolder } from './folder.js'
import { InvokedSkills } from './invoked-skills.js'
import { type JsonFields, jsonObject } from './json-text.js'
import type { LocalPaths } from './local-paths.js'
import { sanitised } from './sanitised.js'
import type { BundleOwner, BundleSources } from './sources.js'
import type { Warnings } from './warnings.js'

/** Files beside the events, in the order that a manifest lists them. */
const SUPPLEMENTS = ['metadata.json', 'artifacts.json', 'prompts.json'] as const

export interface BundleParts {
  readonly sources: BundleSources
  readonly owner: BundleOwner
  readonly paths: LocalPaths
  readonly warnings: Warnings
  readonly folder: BundleFolder
  /** Paths of the files that it is made of. */
  readonly places: { readonly session: string; readonly runtime: string | undefined }
}

interface Counts {
  readonly eventCount: number
  readonly runtimeEventCount: number
  readonly transcriptEventCount: number
}

/** The files of a bundle; events and entries pass through one at a time. Source: formats 2026.5 §2. */
export class Bundle {
  readonly #parts: BundleParts
  readonly #counts: Counts

  constructor(parts: BundleParts) {
    const runtime = parts.sources.recording.events.length
    const transcript = transcriptEventCount(parts.sources)
    this.#parts = parts
    this.#counts = {
      eventCount: runtime + transcript,
      runtimeEventCount: runtime,
      transcriptEventCount: transcript,
    }
  }

  /** Writes every file, the manifest last: a bundle that has one is whole. */
  async write(files: BundleFiles): Promise<BundleSummary> {
    const { owner, paths, sources } = this.#parts
    const skills = new InvokedSkills()
    const events = await files.write('events.jsonl', eventLines(sources, owner, paths, skills))
    const supplements = await this.#writeSupplements(files, skills)
    const branch = await files.write('session-branch.json', jsonObject(this.#branchFields()))
    const context = await this.#writeContext(files)
    const contents = [...supplements, events, branch, ...context]
    await files.write('manifest.json', jsonObject(this.#manifestFields(supplements, contents)))
    return this.#summary(supplements)
  }

  async #writeSupplements(files: BundleFiles, skills: InvokedSkills): Promise<BundleFile[]> {
    const { owner, paths, sources } = this.#parts
    const bodies = [
      await metadataFields(sources, skills),
      await artifactsFields(sources),
      await promptsFields(sources, paths),
    ]
    const written: BundleFile[] = []
    for (const [at, name] of SUPPLEMENTS.entries()) {
      const body = bodies[at] ?? null
      if (body === null) continue
      written.push(
        await files.write(name, jsonObject(hide([...captureHead(owner), ...body], paths))),
      )
    }
    return written
  }

  /** What the newest run was told: its system prompt and its tools. */
  async #writeContext(files: BundleFiles): Promise<BundleFile[]> {
    const { paths, sources } = this.#parts
    const { systemPrompt, tools } = (await sources.latest('context.compiled')) ?? {}
    const written: BundleFile[] = []
    if (typeof systemPrompt === 'string' && systemPrompt !== '')
      written.push(
        await files.write('system-prompt.txt', [endedLine(paths.hideText(systemPrompt))]),
      )
    if (Array.isArray(tools))
      written.push(
        await files.write('tools.json', [`${JSON.stringify(paths.hide(tools), null, 2)}\n`]),
      )
    return written
  }

  #branchFields(): JsonFields {
    const { paths, sources } = this.#parts
    const { header, leafId } = sources.transcript
    return [
      ['header', paths.hide(sanitised(header))],
      ['leafId', leafId],
      ['entries', this.#entries()],
    ]
  }

  async *#entries(): AsyncGenerator<unknown> {
    const { paths, sources } = this.#parts
    for (const place of sources.transcript.branch)
      yield paths.hide(sanitised(await sources.entry(place)))
  }

  #manifestFields(supplements: readonly BundleFile[], contents: readonly BundleFile[]): JsonFields {
    const { owner, paths, places, sources, warnings } = this.#parts
    return [
      ...captureHead(owner),
      ['workspaceDir', paths.hideText(owner.workspaceDir)],
      ['leafId', sources.transcript.leafId],
      ...Object.entries(this.#counts),
      ['sourceFiles', paths.hide(places)],
      ['warnings', warnings.all],
      ['supplementalFiles', supplements.length === 0 ? undefined : supplements.map(nameOf)],
      ['contents', contents],
    ]
  }

  #summary(supplements: readonly BundleFile[]): BundleSummary {
    const { folder, owner, sources } = this.#parts
    const context = sources.recording.latest.has('context.compiled')
      ? ['system-prompt.txt', 'tools.json']
      : []
    const always = ['manifest.json', 'events.jsonl', 'session-branch.json']
    return {
      outputDir: folder.path,
      displayPath: folder.displayPath,
      sessionId: owner.sessionId,
      ...this.#counts,
      files: [...always, ...context, ...supplements.map(nameOf)],
    }
  }
}

const nameOf = ({ path }: BundleFile) => path

/** A list that is made while it is written hides its own texts. */
function hide(fields: JsonFields, paths: LocalPaths): JsonFields {
  return fields.map(([name, value]) => [
    name,
    isFields(value) && Symbol.asyncIterator in value ? value : paths.hide(value),
  ])
}

function endedLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}
