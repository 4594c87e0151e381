import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What a process holds for others, as the kernel counts it: whatever the process itself believes. */
export interface Holdings {
  readonly sockets: number
  /** Directories and files that it is notified of. */
  readonly watches: number
}

/** Source: proc(5), `/proc/<pid>/fd` and the `inotify` lines of `/proc/<pid>/fdinfo`. */
export function holdingsOf(pid: number): Holdings {
  let sockets = 0
  let watches = 0
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const target = targetOf(`/proc/${pid}/fd/${fd}`)
    if (target.startsWith('socket:')) sockets += 1
    if (target === 'anon_inode:inotify')
      watches += readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^inotify /gm)?.length ?? 0
  }
  return { sockets, watches }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // Closed since the folder was listed.
    return ''
  }
}
