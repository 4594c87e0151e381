import { canonicalAgent, qualifyKey } from '../../contract/key.js'

/** A key as it was typed; with `--agent` a bare name is that agent's. */
export function qualified(key: string, agent: string | undefined): string {
  return agent === undefined ? key : qualifyKey(key, canonicalAgent(agent))
}
