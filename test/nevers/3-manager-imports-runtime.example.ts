// stands at: src/manager/control.ts
// says: manager/ knows the interfaces of contract/store.ts and contract/runtime.ts only
import type { RunRegistry } from '../runtimes/run-registry/index.js'

export type Runs = RunRegistry
