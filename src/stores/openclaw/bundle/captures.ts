import { type Fields, isFields, textOf } from '../format/fields.js'
import type { InvokedSkills } from './invoked-skills.js'
import type { JsonFields } from './json-text.js'
import type { LocalPaths } from './local-paths.js'
import type { BundleOwner, BundleSources } from './sources.js'

/** What of artifacts is told by the event that ended the model's turn, where the artifacts do not say. */
const ENDED = [
  'aborted',
  'externalAbort',
  'timedOut',
  'idleTimedOut',
  'timedOutDuringCompaction',
  'timedOutDuringToolExecution',
] as const
/** And what of them only the artifacts tell. */
const ARTIFACTS_ONLY = [
  'itemLifecycle',
  'toolMetas',
  'didSendViaMessagingTool',
  'successfulCronAdds',
  'messagingToolSentTexts',
  'messagingToolSentMediaUrls',
  'messagingToolSentTargets',
  'lastToolError',
] as const
const COMPLETED = [
  'usage',
  'promptCache',
  'compactionCount',
  'assistantTexts',
  'finalPromptText',
] as const

/** The fields that every file of a bundle begins with. */
export function captureHead({ sessionId, sessionKey }: BundleOwner): JsonFields {
  return [
    ['traceSchema', 'openclaw-trajectory'],
    ['schemaVersion', 1],
    ['generatedAt', new Date().toISOString()],
    ['traceId', sessionId],
    ['sessionId', sessionId],
    ['sessionKey', sessionKey],
  ]
}

/** `metadata.json`: how the newest run was set up; `null` where that was not recorded. */
export async function metadataFields(
  sources: BundleSources,
  skills: InvokedSkills,
): Promise<JsonFields | null> {
  const metadata = await sources.latest('trace.metadata')
  if (metadata === undefined) return null
  return [
    ['harness', metadata.harness],
    ['model', metadata.model ?? sources.recording.model],
    ['config', metadata.config],
    ['plugins', metadata.plugins],
    ['skills', skills.mark(metadata.skills)],
    ['prompting', metadata.prompting],
    ['redaction', metadata.redaction],
    ['metadata', metadata.metadata],
  ]
}

/** `artifacts.json`: how the newest run ended; `null` where that was not recorded. */
export async function artifactsFields(sources: BundleSources): Promise<JsonFields | null> {
  const artifacts = await sources.latest('trace.artifacts')
  const completed = await sources.latest('model.completed')
  const ended = await sources.latest('session.ended')
  if (artifacts === undefined && completed === undefined && ended === undefined) return null
  const first = (name: string, ...others: (Fields | undefined)[]): [string, unknown] => [
    name,
    others.reduce<unknown>((found, data) => found ?? data?.[name], artifacts?.[name]),
  ]
  return [
    ['finalStatus', artifacts?.finalStatus ?? ended?.status],
    ...ENDED.map((name) => first(name, ended)),
    first('promptError', ended, completed),
    first('promptErrorSource', completed),
    first('terminalError', ended, completed),
    ...COMPLETED.map((name) => first(name, completed)),
    ...ARTIFACTS_ONLY.map((name): [string, unknown] => [name, artifacts?.[name]]),
  ]
}

/** `prompts.json`: what the model was told; `null` where nothing of it was recorded. The prompts are read as they are written. */
export async function promptsFields(
  sources: BundleSources,
  paths: LocalPaths,
): Promise<JsonFields | null> {
  const compiled = await sources.latest('context.compiled')
  const metadata = await sources.latest('trace.metadata')
  const prompting = isFields(metadata?.prompting) ? metadata.prompting : {}
  const system = typeof compiled?.systemPrompt === 'string' ? compiled.systemPrompt : undefined
  const { skillsPrompt, systemPromptReport, userPromptPrefixText } = prompting
  const latest = await latestPrompt(sources)
  const texts = [system, textOf(skillsPrompt), textOf(userPromptPrefixText)]
  if (latest === undefined && !texts.some(Boolean)) return null
  return [
    ['system', system],
    ['submittedPrompts', submittedPrompts(sources, paths)],
    ['latestSubmittedPrompt', latest],
    ['skillsPrompt', stringOf(skillsPrompt)],
    ['userPromptPrefixText', stringOf(userPromptPrefixText)],
    ['systemPromptReport', typeof systemPromptReport === 'object' ? systemPromptReport : undefined],
  ]
}

async function* submittedPrompts(
  sources: BundleSources,
  paths: LocalPaths,
): AsyncGenerator<string> {
  for (const span of sources.recording.prompts) {
    const prompt = promptOf(await sources.event(span))
    if (prompt !== undefined) yield paths.hideText(prompt)
  }
}

async function latestPrompt(sources: BundleSources): Promise<string | undefined> {
  for (const span of [...sources.recording.prompts].reverse()) {
    const prompt = promptOf(await sources.event(span))
    if (prompt !== undefined) return prompt
  }
  return undefined
}

function promptOf({ data }: Fields): string | undefined {
  return isFields(data) ? stringOf(data.prompt) : undefined
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
