import type { BundleRequest, BundleSummary } from '../../../contract/bundle.js'
import { SessionsError } from '../../../errors.js'
import { reading } from '../../../system/unreadable.js'
import { type OpenFile, openSeen } from '../../jsonl/file-version.js'
import { plainSessionId } from '../directory/file-names.js'
import { type FilePlace, pathOf } from '../paths.js'
import { type OpenRecording, openRecording } from '../trajectory/recording.js'
import { Bundle, type BundleParts } from './bundle.js'
import { BundleFiles } from './bundle-files.js'
import { type BundleFolder, makeBundleFolder } from './folder.js'
import { LocalPaths } from './local-paths.js'
import { BundleSources } from './sources.js'
import { Warnings } from './warnings.js'

/** Whose runs are exported, and which places are not to be named in it. */
export interface ExportFacts {
  readonly transcript: FilePlace
  readonly sessionId: string
  readonly sessionKey: string
  /** The state directory. */
  readonly root: string
  readonly home: string
  /** As in `RecordingFacts`. */
  isFolderGone?(): Promise<boolean>
}

/** Writes a bundle as `BundleStore` says. What was made of it is removed when it fails. */
export async function exportBundle(
  facts: ExportFacts,
  request: BundleRequest,
): Promise<BundleSummary> {
  const { isFolderGone } = facts
  const seen = {
    path: pathOf(facts.transcript),
    ...(isFolderGone === undefined ? {} : { isFolderGone }),
  }
  const transcript = await reading('The transcript', () => openSeen(seen, 'the transcript'))
  if (transcript === null) throw noTranscript(facts.sessionKey)
  try {
    const recording = await openRecording(facts)
    try {
      return await write(facts, transcript, recording, request)
    } finally {
      await recording?.handle.close()
    }
  } finally {
    await transcript.handle.close()
  }
}

/** Of a session that has nothing to export. */
export function noTranscript(key: string): SessionsError {
  return new SessionsError(
    'impossible_state',
    `${key} has no transcript to export: see what became of it with \`openclaw-sessions diagnose\`.`,
  )
}

async function write(
  facts: ExportFacts,
  transcript: OpenFile,
  recording: OpenRecording | null,
  { output, workspace }: BundleRequest,
): Promise<BundleSummary> {
  const warnings = new Warnings()
  const sources = await BundleSources.scan(
    sourceOf(transcript),
    recording === null ? null : sourceOf(recording),
    facts.sessionId,
    warnings,
  )
  const folder = await makeBundleFolder(workspace, output?.trim() || defaultName(facts.sessionId))
  const runtime = recording === null ? undefined : pathOf(recording.place)
  const places = { session: pathOf(facts.transcript), runtime }
  const files = new BundleFiles(folder)
  try {
    return await new Bundle({ ...partsOf(facts, folder), sources, warnings, places }).write(files)
  } catch (error) {
    await files.discard()
    throw error
  }
}

function partsOf(
  { home, root, sessionId, sessionKey }: ExportFacts,
  folder: BundleFolder,
): Pick<BundleParts, 'folder' | 'owner' | 'paths'> {
  const { workspace } = folder
  return {
    folder,
    owner: { sessionId, sessionKey, workspaceDir: workspace },
    paths: new LocalPaths({ workspace, stateDir: root, home }),
  }
}

function sourceOf({ handle, version }: OpenFile) {
  return { source: handle, size: version.size }
}

/** As OpenClaw names a bundle: eight characters of the session id, and the second in UTC. */
function defaultName(sessionId: string): string {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-').slice(0, 19)
  return `openclaw-trajectory-${plainSessionId(sessionId).slice(0, 8)}-${time}`
}
