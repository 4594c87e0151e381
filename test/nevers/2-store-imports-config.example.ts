// stands at: src/stores/memory.ts
// says: A store never sees a surface or the configuration
import type { Config } from '../config.js'

export const pollMs = (config: Config) => config.pollMs
