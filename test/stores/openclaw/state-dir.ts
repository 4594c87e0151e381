import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { type OpenClawFilesOptions, openclawFiles } from '../../../src/stores/openclaw/index.js'
import { StoreView } from '../../suites/store-view.js'

let writes = 0

/** A state directory, written to as a gateway does. */
export class StateDir {
  readonly root: string

  constructor(root: string) {
    this.root = root
  }

  /** Path of a file in an agent's sessions folder. */
  file(agent: string, name: string): string {
    return join(this.root, 'agents', agent, 'sessions', name)
  }

  /** Writes a store under a temporary name and renames it, as OpenClaw does. Source: formats 2026.4 §9. */
  async store(agent: string, entries: unknown): Promise<void> {
    await replaceFile(this.file(agent, 'sessions.json'), JSON.stringify(entries, null, 2))
  }

  async write(path: string, text: string): Promise<void> {
    const target = join(this.root, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, text)
  }

  async transcript(agent: string, name: string, text: string): Promise<void> {
    await replaceFile(this.file(agent, name), text)
  }

  async append(agent: string, name: string, text: string): Promise<void> {
    await appendFile(this.file(agent, name), text)
  }
}

export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}-${writes++}.tmp`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(temporary, text)
  await rename(temporary, path)
}

/** A store over a state directory, and what a consumer of it sees; both end with the test. */
export function open(t: Test, stateDir: string, options: Partial<OpenClawFilesOptions> = {}) {
  const store = openclawFiles({ stateDir, homeDir: stateDir, ...options })
  const view = new StoreView(store)
  t.teardown(async () => {
    await view.close()
    await store.close()
  })
  return { store, view }
}

/** A state directory in the test's own folder. */
export function stateDir(t: Test, files: Parameters<Test['testdir']>[0] = {}): StateDir {
  return new StateDir(t.testdir(files))
}
