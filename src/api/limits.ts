/** What a replica takes from one connection and from all of them, and what happens beyond. */

export interface HttpLimits {
  /** Body of a request; beyond it 413. */
  readonly bodyBytesMax: number
  /** Request line and headers together; beyond it 431. */
  readonly headerBytesMax: number
  /** For all headers to arrive; then 408. */
  readonly headersTimeoutMs: number
  /** For the whole request to arrive; then 408. */
  readonly requestTimeoutMs: number
  /** For an answer to be made; then 504. The replica itself gives up earlier. */
  readonly handlerTimeoutMs: number
  /** A connection on which nothing moves is closed. */
  readonly idleTimeoutMs: number
  /** A connection kept open between requests is closed. */
  readonly keepAliveTimeoutMs: number
  /** Connections at a time, host sessions not counted; further ones come into the reserve. */
  readonly connectionsMax: number
  /** Of one address, host sessions counted, loopback exempt; further ones come into the reserve. */
  readonly connectionsPerAddressMax: number
  /** Connections in the reserve, where probes and metrics are answered and all else gets 503. */
  readonly reserveMax: number
  /** The same of one address; at one more the oldest that has not asked yet is dropped. */
  readonly reservePerAddressMax: number
  /** A connection in the reserve is dropped after this, whatever it does. */
  readonly reserveTimeoutMs: number
}

export const defaultHttpLimits: HttpLimits = {
  bodyBytesMax: 64 * 1024,
  headerBytesMax: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  handlerTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  keepAliveTimeoutMs: 30_000,
  connectionsMax: 2_000,
  connectionsPerAddressMax: 1_024,
  reserveMax: 64,
  reservePerAddressMax: 8,
  reserveTimeoutMs: 5_000,
}

export interface DoorLimits {
  /** Frame of a host; beyond it close code 1009. */
  readonly frameBytesMax: number
  /** For the hello to arrive; then close code 4408. */
  readonly helloTimeoutMs: number
  /** Messages of one session that may come at once; beyond it close code 4429. */
  readonly messagesBurstMax: number
  /** Messages a second of one session that may go on for ever; beyond it close code 4429. */
  readonly messagesPerSecondMax: number
  /** What a request for a table counts as, in messages: its answer may be a whole table. */
  readonly messagesPerGet: number
  /**
   * Bytes that wait for a reader; a message on top of them, and the connection is dropped. Far more
   * than the two largest tables that a welcome can hold, the bytes of which are shared by all.
   */
  readonly bufferedBytesMax: number
  /** A reader that takes nothing for so long, though something waits for it, is dropped. */
  readonly notReadingAfterMs: number
  /** Silence after which the replica pings. */
  readonly pingAfterMs: number
  /** Silence after which the connection is taken for dead and dropped. */
  readonly deadAfterMs: number
  /** For the other side to close in its turn; then the connection is dropped. */
  readonly closeTimeoutMs: number
  /** Sessions at a time; a further upgrade gets 503. */
  readonly sessionsMax: number
}

export const defaultDoorLimits: DoorLimits = {
  frameBytesMax: 64 * 1024,
  helloTimeoutMs: 5_000,
  messagesBurstMax: 100,
  messagesPerSecondMax: 20,
  messagesPerGet: 10,
  bufferedBytesMax: 256 * 1024 * 1024,
  notReadingAfterMs: 10_000,
  pingAfterMs: 5_000,
  deadAfterMs: 15_000,
  closeTimeoutMs: 2_000,
  sessionsMax: 10_000,
}
