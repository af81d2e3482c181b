/**
 * Hosts that stay: sidecars of this process, whose leases outlast the run, so that every change of
 * their namespaces is one that a client asked for. They take part in every round of it, over lines
 * that faults reach.
 */
import { connect, type Sidecar } from '../../../src/sidecar/index.js'
import type { Owner } from '../../support/owner.js'

export interface Settlement {
  readonly namespace: string
  /** Names of members. */
  readonly members: readonly string[]
  /** A name that can be cordoned and that nobody has. */
  readonly absent: string
}

export const settlements: readonly Settlement[] = [1, 2, 3].map((number) => ({
  namespace: `chaos-${number}`,
  members: [`10.0.${number}.1:5000`, `10.0.${number}.2:5000`],
  absent: `10.0.${number}.9:5000`,
}))

/** Nobody has waited until the replicas serve. */
const joinMs = 120_000

/** Starts the hosts of all settlements; done when each has its lease. */
export async function settle(owner: Owner, webSockets: readonly string[]): Promise<Sidecar[]> {
  const hosts = settlements.flatMap(({ namespace, members }) =>
    members.map((name) => ({ namespace, name })),
  )
  return Promise.all(
    hosts.map(async ({ namespace, name }, at) => {
      const replicas = webSockets.map((_, i) => webSockets[(i + at) % webSockets.length]!)
      const host = { name, appId: 'settler', types: ['Order'] }
      const sidecar = await connect({ replicas, namespace, host, timeoutMs: joinMs })
      owner.onTestFinished(() => sidecar.close())
      return sidecar
    }),
  )
}
