import { readFile, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parseJson } from '../../../system/well-formed.js'
import { isFields, numberOf } from '../format/fields.js'
import { gatewayLocks, pathOf, StatePaths, stateDirOf } from '../paths.js'
import { isPid, processState } from '../writing/process-state.js'

/** A gateway that runs over a state directory on this machine, in a sentence with the remedy; `null`: none is seen. */
export async function runningGateway(paths: StatePaths): Promise<string | null> {
  if (paths.only === null) return gatewayOver(paths)
  // One store elsewhere is in the hands of the gateway of its own state directory, where its path names one.
  const stateDir = stateDirOf(paths.only)
  return stateDir === null ? null : gatewayOver(new StatePaths(stateDir, stateDir))
}

async function gatewayOver({ config, root }: StatePaths): Promise<string | null> {
  const path = pathOf(config)
  const users = [process.getuid?.(), await ownerOf(root)]
  const configs = [path, await realpath(path).catch(() => path)]
  for (const lock of gatewayLocks(tmpdir(), users, configs)) {
    const pid = await gatewayOf(lock)
    if (pid !== null) return inTheWay(pid)
  }
  return null
}

function inTheWay(pid: number): string {
  return `A gateway of this state directory is running (process ${pid}) and cannot be used from here: give its address and token (SESSIONS_API_GATEWAY_URL, SESSIONS_API_GATEWAY_TOKEN), or stop it.`
}

async function ownerOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ uid }) => uid,
    () => undefined,
  )
}

/**
 * The process that holds a gateway's own lock; `null` when none does: no such file, not one of a gateway, or its process
 * is gone or another one by now.
 */
async function gatewayOf(path: string): Promise<number | null> {
  const lock = await readLock(path)
  if (!isFields(lock) || !isPid(lock.pid)) return null
  const { alive, startTicks } = await processState(lock.pid)
  const since = numberOf(lock.startTime)
  const isSame = since === null || startTicks === null || since === startTicks
  return alive && isSame ? lock.pid : null
}

async function readLock(path: string): Promise<unknown> {
  try {
    return parseJson(await readFile(path, 'utf8'))
  } catch {
    // Not there, not ours to read, or half-written.
    return null
  }
}
