import type { Endpoint } from '../clients/endpoint.js'
import { MeasuredProcess, scriptPath } from './measured-process.js'

/** Starts a script of `baselines/`. */
export function startBaseline(name: string, args: readonly string[]): MeasuredProcess {
  return MeasuredProcess.start(scriptPath(import.meta.url, `../baselines/${name}`), { args })
}

/** A baseline that listens. */
export class BaselineServer implements Endpoint {
  readonly process: MeasuredProcess
  readonly port: number
  readonly headers: Readonly<Record<string, string>>

  private constructor(process: MeasuredProcess, port: number, headers: Endpoint['headers']) {
    this.process = process
    this.port = port
    this.headers = headers
  }

  /** `headers`: those of the service, so that both sides read the same requests. */
  static async start(
    name: string,
    args: readonly string[],
    headers: Endpoint['headers'] = {},
  ): Promise<BaselineServer> {
    const process = startBaseline(name, args)
    return new BaselineServer(process, await process.news<number>('listening'), headers)
  }

  close(): Promise<void> {
    return this.process.close()
  }
}
