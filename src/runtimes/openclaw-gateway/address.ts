/** Where a gateway is, and what proves to it who asks. */
export interface GatewayAddress {
  /** `ws://` or `wss://`. */
  readonly url: string
  readonly token?: string | undefined
  readonly password?: string | undefined
}
