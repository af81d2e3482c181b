/**
 * What a local cluster consists of, before anything of it runs: who there is, on which ports, and
 * the command lines of Berth's own processes. What those mean says each program's `--help`. Pure.
 */
import { fileURLToPath } from 'node:url'
import type { Command } from '../servers/command.js'

export const loopback = '127.0.0.1'
export const namespace = 'default'
export const actorTypes: readonly string[] = ['Cart', 'Order', 'Payment']
/** The program that replicas and hosts are; tests give a stand-in. */
export const berthProgram = fileURLToPath(new URL('../../../bin/berth.cjs', import.meta.url))

/** All ports follow from one base. */
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

/** A port, and what it is for. */
export interface NeededPort {
  readonly port: number
  readonly use: string
}

/** A replica or a sample host. */
export interface MemberPlan {
  /** What a person calls it: `replica 2`, `host 5`. */
  readonly title: string
  /** `ip:port` where it answers HTTP; the name of a host, too. */
  readonly address: string
  /** Actor types that it runs; none of a replica. */
  readonly types: readonly string[]
  readonly command: Command
}

/** What replicas are told of Postgres and NATS. */
export interface Surroundings {
  /** URL of a replica's database, without a password. */
  replicaUrl(replica: number): string
  /** Holds the password; null when the user has arranged for it. */
  readonly passwordFile: string | null
  /** Without a login. */
  readonly natsUrl: string
  /** Holds the URL with the login; null when there is none. */
  readonly natsUrlFile: string | null
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

/** @param own which servers are of this cluster */
export function neededPorts(
  plan: PortPlan,
  counts: { readonly replicas: number; readonly hosts: number },
  own: { readonly nats: boolean; readonly postgres: boolean },
): readonly NeededPort[] {
  const [replicas, hosts] = [oneTo(counts.replicas), oneTo(counts.hosts)]
  return [
    ...replicas.map((id) => ({ port: plan.rest(id), use: `REST of replica ${id}` })),
    ...replicas.map((id) => ({ port: plan.peer(id), use: `peers of replica ${id}` })),
    ...(own.nats ? [{ port: plan.nats, use: 'NATS' }] : []),
    ...(own.postgres ? [{ port: plan.postgres, use: 'Postgres' }] : []),
    ...hosts.map((n) => ({ port: plan.host(n), use: `host ${n}` })),
  ]
}

export function planReplicas(
  count: number,
  ports: PortPlan,
  { replicaUrl, passwordFile, natsUrl, natsUrlFile }: Surroundings,
  program = berthProgram,
): readonly MemberPlan[] {
  const peerOf = (id: number) => `${loopback}:${ports.peer(id)}`
  const peers = oneTo(count).map((id) => `${id}=${peerOf(id)}`)
  return oneTo(count).map((id) => {
    const address = `${loopback}:${ports.rest(id)}`
    const command = {
      file: process.execPath,
      args: [
        ...[program, 'replica', '--id', String(id), '--cluster', 'local', '--listen', address],
        ...['--peer-listen', peerOf(id), '--peers', peers.join(',')],
        ...['--postgres-url', replicaUrl(id)],
        ...(natsUrlFile === null ? ['--nats-url', natsUrl] : []),
      ],
      env: { ...(passwordFile !== null && { PGPASSFILE: passwordFile }) },
      envFiles: { ...(natsUrlFile !== null && { BERTH_NATS_URL: natsUrlFile }) },
    }
    return { title: `replica ${id}`, address, types: [], command }
  })
}

/** Each host runs two of the three types (a lone one all), and prefers a replica of its own. */
export function planHosts(
  count: number,
  ports: PortPlan,
  replicas: readonly Pick<MemberPlan, 'address'>[],
  program = berthProgram,
): readonly MemberPlan[] {
  return oneTo(count).map((n) => {
    const address = `${loopback}:${ports.host(n)}`
    const lacking = (n + 1) % actorTypes.length
    const types = actorTypes.filter((_, i) => count === 1 || i !== lacking)
    const first = (n - 1) % replicas.length
    const urls = [...replicas.slice(first), ...replicas.slice(0, first)].map(
      (replica) => `ws://${replica.address}`,
    )
    const args = [
      ...[program, 'host', '--name', address, '--namespace', namespace, '--app-id', 'shop'],
      ...['--types', types.join(','), '--replicas', urls.join(',')],
    ]
    return { title: `host ${n}`, address, types, command: { file: process.execPath, args } }
  })
}

function oneTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}
