/** How a sidecar logs in to NATS. Where NATS is, the welcome of a replica says. */
export interface NatsOptions {
  readonly token?: string
  readonly user?: string
  readonly pass?: string
  /** Files in PEM. */
  readonly tls?: {
    readonly caFile?: string
    readonly certFile?: string
    readonly keyFile?: string
  }
  /** What else the NATS client (npm `nats`, 2.29) takes. */
  readonly [option: string]: unknown
}
