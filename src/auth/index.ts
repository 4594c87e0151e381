export { COOKIE_NAME } from './credential.js'
export type { FailureLimitOptions } from './failure-limit.js'
export {
  type HostAuth,
  type HostAuthenticator,
  type HostCredentials,
  hostAuth,
} from './host-auth.js'
export { allowedHostsFor, hostAllowed, isLoopback } from './host-policy.js'
export {
  isOwnOrigin,
  type OriginPolicy,
  type OriginPolicyOptions,
  originPolicy,
} from './origin-policy.js'
export { issueToken, makeToken, type NewToken } from './token.js'
export { createTokenService, type TokenService, type TokenServiceOptions } from './token-service.js'
