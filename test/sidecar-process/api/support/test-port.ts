/** A sidecar in the place of a real one: a test says where actors are and what happens. */
import type { Grant } from '../../../../src/calls/machine/ownership.js'
import { BerthError } from '../../../../src/errors/berth-error.js'
import type { Placement } from '../../../../src/sidecar/sidecar.js'
import type { SidecarState } from '../../../../src/sidecar/state.js'
import type { LocalPort, WhereOptions } from '../../../../src/sidecar-process/api/local-port.js'
import type { LocalEvent, LocalState } from '../../../../src/sidecar-process/api/local-state.js'

const serving: SidecarState = {
  phase: 'serving',
  broken: null,
  isFenced: false,
  leaseLeftMs: 2_499.6,
  replica: 'ws://127.0.0.1:7400',
  replicas: [{ url: 'ws://127.0.0.1:7400', reason: null }],
  replicaSilentMs: 12.25,
  nats: 'listening',
  natsReason: null,
  natsForbids: [],
  ordersSilentMs: Number.POSITIVE_INFINITY,
  cluster: 'berth',
  namespace: 'default',
  lineage: '11111111-2222-4333-8444-000000000000',
  epoch: 5,
  term: 2,
  generation: 42,
  digest: 'A'.repeat(43),
  members: 3,
  isMember: true,
  tableAgeMs: 1_000.5,
  types: ['Cart', 'Order'],
  typesWaiting: null,
  movingTo: null,
  roundDeadlineMs: 30_000,
  movingForMs: null,
  missing: null,
  waiting: null,
  failure: null,
  heldOrders: 0,
  heldOrderBytes: 0,
  rejectedOrders: { signature: 1 },
}

export const upState: LocalState = {
  ready: true,
  host: { name: '10.0.0.5:7999', appId: 'shop', types: ['Cart', 'Order'] },
  application: { state: 'up', forMs: 900.7, reason: null },
  sidecar: serving,
  calls: { running: 1, waiting: 2, forwarded: 3, actors: 4 },
}

export type Asked = readonly [type: string, id: string, options: WhereOptions]

export class TestPort implements LocalPort {
  readonly asked: Asked[] = []
  readonly granted: (readonly [type: string, id: string])[] = []
  current: LocalState = upState
  /** Where all actors are; null to wait for as long as whoever asks. */
  place: Placement | null = { host: '10.0.0.6:7999', appId: 'shop', generation: 42 }
  grantOfAll: Grant | null = { token: 311, generation: 42, holdsMs: 500 }
  /** What the next questions are rejected with. */
  failure: unknown
  leaves = 0
  /** Ends the hand-over. */
  left: (error?: Error) => void = () => undefined
  readonly #handlers = new Set<(event: LocalEvent) => void>()

  async where(type: string, id: string, options: WhereOptions): Promise<Placement> {
    this.asked.push([type, id, options])
    if (this.failure !== undefined) throw this.failure
    if (this.place !== null) return this.place
    const { signal, timeoutMs } = options
    return new Promise((_resolve, reject) => {
      const late = () => reject(new BerthError('timeout', `Waited ${timeoutMs} ms: it moves.`))
      const timer = setTimeout(late, timeoutMs)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    })
  }

  grant(type: string, id: string): Grant | null {
    this.granted.push([type, id])
    if (this.failure !== undefined) throw this.failure
    return this.grantOfAll
  }

  state(): LocalState {
    return this.current
  }

  leave(): Promise<void> {
    this.leaves += 1
    return new Promise((resolve, reject) => {
      this.left = (error) => (error === undefined ? resolve() : reject(error))
    })
  }

  listen(handler: (event: LocalEvent) => void): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  get listeners(): number {
    return this.#handlers.size
  }

  happens(event: LocalEvent): void {
    for (const handler of this.#handlers) handler(event)
  }

  /** Changes what the sidecar says of itself. */
  sidecarIs(change: Partial<SidecarState>): void {
    this.current = { ...this.current, sidecar: { ...this.current.sidecar, ...change } }
  }
}
