export type { RunHandle } from './run.js'
export { createRunRegistry, type RunRegistry } from './run-registry.js'
export type { RunRegistryOptions, RunSpec, TurnSpec } from './run-spec.js'
export { isRunStopped } from './run-stopped.js'
