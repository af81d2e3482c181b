/** What a sidecar is told at its start, and what its machine is given to compute with. */
import type { PayloadReaders, Verify } from './signed-messages.js'

export interface SidecarOptions {
  /** WebSocket addresses of replicas. */
  readonly replicas: readonly string[]
  readonly namespace: string
  /** Refuse a cluster of another name. */
  readonly cluster?: string
  readonly instance: string
  /** Proves that later sessions are of this instance: 32 random bytes, base64url. */
  readonly secret: string
  /** Absent for an observer. */
  readonly host?: {
    readonly name: string
    readonly appId: string
    readonly types: readonly string[]
  }
  /** How long a connect may take as long as no round of tries has failed, in ms. */
  readonly connectTimeoutMs?: number
  /** How long the last table answers lookups without word from anybody, in ms. */
  readonly staleTableMs: number
}

/** Functions that give an answer and do nothing. */
export interface MachineTools {
  /** In [0, 1). */
  readonly random: () => number
  readonly verify: Verify
  /** Called only with what is verified. */
  readonly read: PayloadReaders
}
