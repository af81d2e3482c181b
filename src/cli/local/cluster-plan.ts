/** What a local cluster consists of, before anything of it runs. Pure. */
import { loopback, type PortPlan } from './port-plan.js'
import type { HostPlan, ReplicaPlan } from './programs.js'

export const actorTypes: readonly string[] = ['Cart', 'Order', 'Payment']
const appId = 'shop'

export interface Surroundings {
  /** URL of a replica's database, without a password. */
  postgresUrl(replica: number): string
  readonly passwordFile: string | null
  /** Without a login. */
  readonly natsUrl: string
  /** Holds the URL with the login; null when there is none. */
  readonly natsUrlFile: string | null
}

/** Who there is, and where it serves. */
export function replicaAddresses(
  count: number,
  ports: PortPlan,
): readonly Pick<ReplicaPlan, 'id' | 'listen'>[] {
  const ids = Array.from({ length: count }, (_, i) => i + 1)
  return ids.map((id) => ({ id, listen: `${loopback}:${ports.rest(id)}` }))
}

export function planReplicas(
  count: number,
  ports: PortPlan,
  surroundings: Surroundings,
): readonly ReplicaPlan[] {
  const addresses = replicaAddresses(count, ports)
  const ids = addresses.map(({ id }) => id)
  const peers = ids.map((id) => ({ id, address: `${loopback}:${ports.peer(id)}` }))
  return addresses.map(({ id, listen }) => ({
    id,
    listen,
    peerListen: `${loopback}:${ports.peer(id)}`,
    peers,
    postgresUrl: surroundings.postgresUrl(id),
    passwordFile: surroundings.passwordFile,
    natsUrl: surroundings.natsUrl,
    natsUrlFile: surroundings.natsUrlFile,
  }))
}

/** Each host runs two of the three types (a lone one all), and prefers a replica of its own. */
export function planHosts(
  count: number,
  ports: PortPlan,
  replicas: readonly Pick<ReplicaPlan, 'listen'>[],
): readonly HostPlan[] {
  const urls = replicas.map(({ listen }) => `ws://${listen}`)
  return Array.from({ length: count }, (_, i) => ({
    number: i + 1,
    name: `${loopback}:${ports.host(i + 1)}`,
    appId,
    types: count === 1 ? actorTypes : typesOf(i),
    replicas: rotate(urls, i),
  }))
}

function typesOf(i: number): readonly string[] {
  const chosen = [i, i + 1].map((n) => actorTypes[n % actorTypes.length]!)
  return actorTypes.filter((type) => chosen.includes(type))
}

function rotate(urls: readonly string[], by: number): readonly string[] {
  const at = urls.length === 0 ? 0 : by % urls.length
  return [...urls.slice(at), ...urls.slice(0, at)]
}
