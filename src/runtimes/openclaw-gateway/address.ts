/** Where a gateway is, and what proves to it who asks. */
export interface GatewayUrl {
  /** `ws://` or `wss://`. */
  readonly url: string
  readonly token?: string | undefined
  readonly password?: string | undefined
}
