import type { BundleRequest, BundleSummary } from '../../../contract/bundle.js'
import { SessionsError } from '../../../errors.js'
import { openFile } from '../../jsonl/file-version.js'
import { plainSessionId } from '../file-names.js'
import { type FilePlace, pathOf } from '../paths.js'
import { openRecording } from '../trajectory/recording.js'
import { Bundle } from './bundle.js'
import { BundleFiles } from './bundle-files.js'
import { makeBundleFolder } from './folder.js'
import { LocalPaths } from './local-paths.js'
import { type BundleOwner, BundleSources } from './sources.js'
import { Warnings } from './warnings.js'

/** Whose runs are exported, and which places are not to be named in it. */
export interface ExportFacts {
  readonly transcript: FilePlace
  readonly sessionId: string
  readonly sessionKey: string
  /** The state directory. */
  readonly root: string
  readonly home: string
}

/** Writes a bundle as `BundleStore` says. What was made of it is removed when it fails. */
export async function exportBundle(
  facts: ExportFacts,
  { output, workspace }: BundleRequest,
): Promise<BundleSummary> {
  const transcript = await openFile(pathOf(facts.transcript))
  if (transcript === null) throw noTranscript(facts.sessionKey)
  const recording = await openRecording(facts)
  try {
    const warnings = new Warnings()
    const sources = await BundleSources.scan(
      { source: transcript.handle, size: transcript.version.size },
      recording === null ? null : { source: recording.handle, size: recording.version.size },
      facts.sessionId,
      warnings,
    )
    const folder = await makeBundleFolder(workspace, output?.trim() || defaultName(facts.sessionId))
    const workspaceDir = folder.workspace
    const owner: BundleOwner = { ...facts, workspaceDir }
    const paths = new LocalPaths({
      workspace: workspaceDir,
      stateDir: facts.root,
      home: facts.home,
    })
    const bundle = new Bundle({
      sources,
      owner,
      paths,
      warnings,
      folder,
      places: {
        session: pathOf(facts.transcript),
        runtime: recording === null ? undefined : pathOf(recording.place),
      },
    })
    const files = new BundleFiles(folder)
    return await bundle.write(files).catch(async (error: unknown) => {
      await files.discard()
      throw error
    })
  } finally {
    await transcript.handle.close()
    await recording?.handle.close()
  }
}

/** As OpenClaw names a bundle: eight characters of the session id, and the second in UTC. */
function defaultName(sessionId: string): string {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-').slice(0, 19)
  return `openclaw-trajectory-${plainSessionId(sessionId).slice(0, 8)}-${time}`
}

/** Of a session that has nothing to export. */
export function noTranscript(key: string): SessionsError {
  return new SessionsError(
    'impossible_state',
    `${key} has no transcript to export: see what became of it with \`openclaw-sessions diagnose\`.`,
  )
}
