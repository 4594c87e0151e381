import type { Runtime } from '../contract/runtime.js'
import { SessionsError } from '../errors.js'
import type { RunRegistry } from '../runtimes/in-process/index.js'

/** The registry under the demo's name; it is down while the demo cannot write its folder. */
export function demoRuntime(registry: RunRegistry): {
  runtime: Runtime
  report(error: unknown): void
} {
  let failure: string | null = null
  const runtime: Runtime = {
    id: 'demo',
    controls: registry.controls,
    health: () => (failure === null ? registry.health() : { status: 'down', message: failure }),
    session: (key) => registry.session(key),
    act: (key, action, context) => registry.act(key, action, context),
    changes: (signal) => registry.changes(signal),
    close: () => registry.close(),
  }
  const report = (error: unknown) => {
    failure =
      error === null
        ? null
        : `The demo cannot write its state directory (${reasonOf(error)}): free the disk, or restart it.`
  }
  return { runtime, report }
}

/** Without a path. */
function reasonOf(error: unknown): string {
  if (error instanceof SessionsError)
    return typeof error.details.reason === 'string' ? error.details.reason : error.message
  const code = (error as NodeJS.ErrnoException).code
  return code ?? 'unknown error'
}
