/** Which process of a local cluster has which port: all follow from one base. Pure. */

export const loopback = '127.0.0.1'

export interface PortPlan {
  /** REST and WebSocket of replica `id` (from 1): base, base + 1, … */
  rest(id: number): number
  /** Where replica `id` meets its peers: base + 10, … */
  peer(id: number): number
  readonly nats: number
  readonly postgres: number
  /** Sample host `n` (from 1): base + 50, … */
  host(n: number): number
}

export function planPorts(base: number): PortPlan {
  return {
    rest: (id) => base + id - 1,
    peer: (id) => base + 10 + id - 1,
    nats: base + 22,
    postgres: base + 32,
    host: (n) => base + 50 + n - 1,
  }
}

/** A port, and what it is for. */
export interface NeededPort {
  readonly port: number
  readonly use: string
}

export function neededPorts(
  plan: PortPlan,
  counts: { readonly replicas: number; readonly hosts: number },
  own: { readonly nats: boolean; readonly postgres: boolean },
): readonly NeededPort[] {
  const each = (count: number, use: (n: number) => NeededPort) =>
    Array.from({ length: count }, (_, i) => use(i + 1))
  return [
    ...each(counts.replicas, (id) => ({ port: plan.rest(id), use: `REST of replica ${id}` })),
    ...each(counts.replicas, (id) => ({ port: plan.peer(id), use: `peers of replica ${id}` })),
    ...(own.nats ? [{ port: plan.nats, use: 'NATS' }] : []),
    ...(own.postgres ? [{ port: plan.postgres, use: 'Postgres' }] : []),
    ...each(counts.hosts, (n) => ({ port: plan.host(n), use: `host ${n}` })),
  ]
}
