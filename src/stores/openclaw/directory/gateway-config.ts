import JSON5 from 'json5'
import { canonicalAgent } from '../../../contract/key.js'
import type { MaintenanceSettings } from '../../../contract/maintenance.js'
import { type Fields, isFields, numberOf, textOf } from '../format/fields.js'
import type { Price } from '../format/prices.js'
import { maintenanceSettings } from './maintenance-settings.js'

/** What this store asks of the gateway's configuration. */
export interface GatewayConfig {
  /** `session.store` as written, `null` when unset. */
  readonly store: string | null
  readonly mainKey: string
  readonly defaultAgent: string
  /** Agents that it lists; empty when it leaves that to the folders on disk. */
  readonly agents: readonly string[]
  /** USD per million tokens by `provider/model` and by model, lower case. */
  readonly prices: ReadonlyMap<string, Price>
  readonly maintenance: MaintenanceSettings
}

const DEFAULT_AGENT = 'main'
const DEFAULT_MAIN_KEY = 'main'

/** Without a configuration. */
export const DEFAULT_CONFIG: GatewayConfig = {
  store: null,
  mainKey: DEFAULT_MAIN_KEY,
  defaultAgent: DEFAULT_AGENT,
  agents: [],
  prices: new Map(),
  maintenance: maintenanceSettings({}, DEFAULT_MAIN_KEY),
}

/** Reads `openclaw.json`, which is JSON5; `null` when it is broken. Fields of another type are as good as absent. */
export function parseGatewayConfig(text: string): GatewayConfig | null {
  const config = parse(text)
  if (!isFields(config)) return null
  const session = isFields(config.session) ? config.session : {}
  const agents = listedAgents(config)
  const mainKey = textOf(session.mainKey)?.trim().toLowerCase() || DEFAULT_MAIN_KEY
  return {
    store: textOf(session.store)?.trim() || null,
    mainKey,
    defaultAgent: agents.find((agent) => agent.isDefault)?.id ?? agents[0]?.id ?? DEFAULT_AGENT,
    agents: [...new Set(agents.map((agent) => agent.id))],
    prices: pricesOf(config),
    maintenance: maintenanceSettings(session, mainKey),
  }
}

function parse(text: string): unknown {
  try {
    return JSON5.parse(text)
  } catch {
    return null
  }
}

function listedAgents(config: Fields): { id: string; isDefault: boolean }[] {
  const list = isFields(config.agents) ? config.agents.list : null
  return objects(list)
    .map((agent) => ({
      id: canonicalAgent(textOf(agent.id) ?? ''),
      isDefault: agent.default === true,
    }))
    .filter((agent) => agent.id !== '')
}

function pricesOf(config: Fields): Map<string, Price> {
  const prices = new Map<string, Price>()
  const models = isFields(config.models) ? config.models : {}
  const providers = isFields(models.providers) ? models.providers : {}
  for (const [provider, settings] of Object.entries(providers)) {
    for (const model of objects(isFields(settings) ? settings.models : null)) {
      const id = textOf(model.id)?.toLowerCase()
      const price = priceOf(model.cost)
      if (id === undefined || price === null) continue
      prices.set(`${provider.toLowerCase()}/${id}`, price)
      // The first provider that names a bare model id gives its price.
      if (!prices.has(id)) prices.set(id, price)
    }
  }
  return prices
}

/** A price of 0 that is written down counts: a model of one's own costs nothing. */
function priceOf(cost: unknown): Price | null {
  if (!isFields(cost)) return null
  const of = (name: string) => Math.max(0, numberOf(cost[name]) ?? 0)
  return {
    input: of('input'),
    output: of('output'),
    cacheRead: of('cacheRead'),
    cacheWrite: of('cacheWrite'),
  }
}

function objects(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}
