export type { RunHandle } from './run.js'
export {
  createRunRegistry,
  type RunRegistry,
  type RunRegistryOptions,
  type RunSpec,
} from './run-registry.js'
export { isRunStopped } from './run-stopped.js'
