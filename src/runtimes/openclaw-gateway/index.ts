export type { GatewayUrl } from './address.js'
export {
  type OpenClawGateway,
  type OpenClawGatewayOptions,
  openclawGateway,
} from './gateway-runtime.js'
export type { Locate, Whereabouts } from './whereabouts.js'
