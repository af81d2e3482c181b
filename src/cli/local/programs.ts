/**
 * The command lines of Berth's own processes in a local cluster: the one place that knows them.
 * What they mean is documented by each program's `--help`.
 */
import { fileURLToPath } from 'node:url'
import type { Command } from './command.js'

export const clusterName = 'local'
export const namespace = 'default'

export interface ReplicaPlan {
  readonly id: number
  /** `host:port` of REST and WebSocket. */
  readonly listen: string
  /** `host:port` for the peers. */
  readonly peerListen: string
  /** All replicas, this one included, with their peer addresses. */
  readonly peers: readonly { readonly id: number; readonly address: string }[]
  /** Without the password, which stands in `passwordFile`. */
  readonly postgresUrl: string
  /** null when the user has arranged for the password. */
  readonly passwordFile: string | null
  /** Without a login. */
  readonly natsUrl: string
  /** Holds the URL with the login; null when there is none. */
  readonly natsUrlFile: string | null
}

export interface HostPlan {
  /** From 1. */
  readonly number: number
  /** `ip:port`: its name, and where it serves. */
  readonly name: string
  readonly appId: string
  readonly types: readonly string[]
  /** WebSocket addresses of the replicas, the one to try first at the head. */
  readonly replicas: readonly string[]
}

/** How each process is started; tests give a table of their own. */
export interface Programs {
  replica(plan: ReplicaPlan): Command
  host(plan: HostPlan): Command
}

const berth = fileURLToPath(new URL('../../../bin/berth.cjs', import.meta.url))

export const berthPrograms: Programs = {
  replica: (plan) => ({
    file: process.execPath,
    args: [
      ...[berth, 'replica', '--id', String(plan.id), '--cluster', clusterName],
      ...['--listen', plan.listen, '--peer-listen', plan.peerListen],
      ...['--peers', plan.peers.map(({ id, address }) => `${id}=${address}`).join(',')],
      ...['--postgres-url', plan.postgresUrl],
      ...(plan.natsUrlFile === null ? ['--nats-url', plan.natsUrl] : []),
    ],
    env: plan.passwordFile === null ? {} : { PGPASSFILE: plan.passwordFile },
    envFiles: plan.natsUrlFile === null ? {} : { BERTH_NATS_URL: plan.natsUrlFile },
  }),
  host: (plan) => ({
    file: process.execPath,
    args: [
      ...[berth, 'host', '--name', plan.name, '--namespace', namespace, '--app-id', plan.appId],
      ...['--types', plan.types.join(','), '--replicas', plan.replicas.join(',')],
    ],
  }),
}
