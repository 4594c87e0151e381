// stands at: src/core/control/control.ts
// says: core/ knows the interfaces of contract/store.ts and contract/runtime.ts only
import type { RunRegistry } from '../../runtimes/in-process/index.js'

export type Runs = RunRegistry
