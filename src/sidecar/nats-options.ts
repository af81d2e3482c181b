/** How a sidecar connects to NATS. Where NATS is, the welcome of a replica says. */
export interface NatsOptions {
  /**
   * Instead of those that the replica names: where it reaches NATS by other addresses. Each may
   * have a login of its own, `nats://user:password@host:4222` or `nats://token@host:4222`,
   * percent-encoded.
   */
  readonly servers?: readonly string[]
  readonly token?: string
  readonly user?: string
  readonly pass?: string
  /** Files in PEM. */
  readonly tls?: {
    readonly caFile?: string
    readonly certFile?: string
    readonly keyFile?: string
  }
  /** What else the NATS client (npm `nats`, 2.29) takes, but for reconnecting. */
  readonly [option: string]: unknown
}
