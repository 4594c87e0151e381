// stands at: src/stores/memory/memory-store.ts
// says: A store never sees a surface or the configuration
import type { Config } from '../../config/config.js'

export const pollMs = (config: Config) => config.pollMs
