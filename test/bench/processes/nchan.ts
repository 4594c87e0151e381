import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, realpathSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { Endpoint } from '../clients/endpoint.js'
import { keepTrackOf } from './measured-process.js'

/** Longest until nginx listens. */
const START_MS = 5000
const LOOK_MS = 20

/** Path of nginx's Nchan module; `null` where nginx or the module is not installed (Debian: `libnginx-mod-nchan`). */
export function nchanModule(): string | null {
  try {
    const nginx = execFileSync('sh', ['-c', 'command -v nginx'], { encoding: 'utf8' }).trim()
    const folder = join(dirname(realpathSync(nginx)), '..', 'lib', 'nginx', 'modules')
    const module = join(folder, 'ngx_nchan_module.so')
    return existsSync(module) ? module : null
  } catch {
    return null
  }
}

/** One worker of nginx with Nchan: `GET /follow` is an event stream, what is sent to `/publish` goes to all of them. */
export class Nchan implements Endpoint {
  readonly port: number
  readonly headers = {}
  readonly #close: () => Promise<void>

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port
    this.#close = close
  }

  /** `folder`: an existing one for its own files. */
  static async start(module: string, folder: string): Promise<Nchan> {
    const own = await mkdtemp(join(folder, 'nchan-'))
    const port = await freePort()
    await writeFile(join(own, 'nginx.conf'), configuration(module, own, port))
    const child = spawn('nginx', ['-p', own, '-c', join(own, 'nginx.conf')], { stdio: 'ignore' })
    keepTrackOf(child)
    const nchan = new Nchan(port, async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    })
    await nchan.#listening()
    return nchan
  }

  /** Sends an event to all; returns when that was begun, as `process.hrtime` tells it. */
  publish(data: string): bigint {
    const begun = process.hrtime.bigint()
    // The answer says that it was taken in; who has it is what the followers tell.
    void fetch(`http://127.0.0.1:${this.port}/publish`, { method: 'POST', body: data }).then(
      (response) => response.arrayBuffer(),
    )
    return begun
  }

  close(): Promise<void> {
    return this.#close()
  }

  async #listening(): Promise<void> {
    const deadline = Date.now() + START_MS
    for (;;) {
      try {
        await fetch(`http://127.0.0.1:${this.port}/`)
        return
      } catch (error) {
        if (Date.now() > deadline) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }
}

/** As few features as possible: no log, no temporary files, one worker as the service has one thread. */
function configuration(module: string, folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder};`)
    .join(' ')
  return `load_module ${module};
daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 10000; }
http {
  access_log off;
  ${temporary}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location = /publish { nchan_publisher; nchan_channel_id bench; }
    location = /follow { nchan_subscriber eventsource; nchan_channel_id bench; nchan_subscriber_first_message newest; }
  }
}
`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
