import type { Transcript } from '../../../src/contract/transcript.js'
import { MemoryTranscript } from '../../../src/stores/memory/memory-transcript.js'

/** Everything that can be asked of a transcript. */
export async function readAll(transcript: Transcript, limit: number) {
  const answers = []
  for (const branch of ['active', 'all'] as const) {
    answers.push(await transcript.mark(branch))
    for (const includeTools of [true, false]) {
      let page = await transcript.page({ branch, limit, includeTools })
      answers.push(page)
      while (page.hasMore) {
        const before = page.entries[0]?.position ?? 0
        page = await transcript.page({ branch, limit, includeTools, before })
        answers.push(page)
      }
    }
    const { position } = await new MemoryTranscript('s1').mark(branch)
    let slice = await transcript.after(position, branch, limit)
    answers.push(slice)
    while (slice.kind === 'entries' && slice.more) {
      slice = await transcript.after(slice.end, branch, limit)
      answers.push(slice)
    }
  }
  answers.push(await transcript.totals())
  return answers
}
