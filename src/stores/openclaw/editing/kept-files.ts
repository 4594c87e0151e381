import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import type { KeptFile } from '../../../contract/maintenance.js'
import { systemCode } from '../../../system/system-code.js'
import { reading } from '../../../system/unreadable.js'
import { lockName, sessionIdsIn } from '../directory/file-names.js'
import { inventoryPath, isPlainName, pathOf, promptName, promptsDir } from '../paths.js'
import { unless } from '../writing/system-error.js'
import { kindOfName, type Meant } from './file-kind.js'

/** Files that are asked for at once: more would only wait for the same disk. */
const AT_ONCE = 64

/**
 * The regular files of a sessions folder, and the prompts below it; links, folders and the lock of the store are left
 * out. `meant`: what the sessions of the store say.
 */
export async function keptFiles(dir: string, store: string, meant: Meant): Promise<KeptFile[]> {
  const names = (await list(dir))
    .filter((child) => child.isFile() && child.name !== lockName(store))
    .map(({ name }) => name)
  const plain = names.map((name) => ({
    name,
    ...kindOfName(name, store, meant),
    sessionIds: sessionIdsIn(name),
  }))
  const prompts = (await promptNames(dir)).map((name) => ({
    name,
    kind: 'prompt' as const,
    archivedAtMs: null,
    sessionIds: [],
  }))
  const files: KeptFile[] = []
  const wanted = [...plain, ...prompts]
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const some = wanted.slice(at, at + AT_ONCE)
    const found = await Promise.all(some.map((file) => measure(dir, file)))
    files.push(...found.filter((file) => file !== null))
  }
  return files
}

async function measure(
  dir: string,
  file: Omit<KeptFile, 'bytes' | 'modifiedAtMs'>,
): Promise<KeptFile | null> {
  try {
    const { mtimeMs, size } = await lstat(inventoryPath(dir, file.name))
    return { ...file, bytes: size, modifiedAtMs: mtimeMs }
  } catch (error) {
    // It went while we looked.
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

async function promptNames(dir: string): Promise<string[]> {
  const root = promptsDir(dir)
  const folders = (await list(root)).filter((child) => child.isDirectory())
  const names: string[] = []
  for (const { name: folder } of folders.filter(({ name }) => isPlainName(name)))
    for (const child of await list(pathOf({ dir: root, name: folder }))) {
      const name = child.isFile() ? promptName(child.name.replace(/\.txt$/, '')) : null
      if (name?.includes(`/${folder}/`)) names.push(name)
    }
  return names
}

/** An absent folder holds nothing; one that cannot be listed is not an empty one. */
async function list(dir: string): Promise<Dirent[]> {
  return reading(
    'The sessions folder',
    async () => (await unless('ENOENT', readdir(dir, { withFileTypes: true }))) ?? [],
  )
}
