import { realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { gatewayOf } from '../../openclaw-writing/gateway-lock.js'
import { gatewayLocks, pathOf, type StatePaths } from '../paths.js'

/** A gateway that runs over a state directory on this machine, in a sentence with the remedy; `null`: none is seen. */
export async function runningGateway({ config, root }: StatePaths): Promise<string | null> {
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
