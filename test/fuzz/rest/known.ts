/**
 * What a client could know of the cluster behind the door, and what no request of a fuzzer may do:
 * an operator who removes replicas, cordons the honest hosts or sets impossible times is obeyed,
 * and that is no fault of the product.
 */
import type { Random } from '../../simulation/kernel/random.js'
import { honestHosts } from '../cluster/fuzz-cluster.js'
import type { Known } from '../generator/values.js'

/** Where requests write. */
export const openNamespaces: readonly string[] = ['default', 'fuzz-a', 'fuzz-b']
const names: readonly string[] = ['127.0.0.1:700', '127.0.0.1:701', 'fuzz.example:1', '[::1]:702']
/** Nobody listens there. */
const nowhere = '127.0.0.1:9'
const realIds: readonly number[] = [1, 2, 3]
const newIds: readonly number[] = [4, 5, 6, 7, 8, 9, 2_147_483_648]
/** Times decide who is fenced; what the cluster has stays. */
const times: readonly string[] = [
  ...['heartbeatMs', 'fenceAfterMs', 'hostTimeoutMs', 'fenceMarginMs', 'roundDeadlineMs'],
  'driftPpm',
]

export class RestKnown {
  /** Cursors and ETags of answers, and names of those that joined: a few of each, the newest. */
  readonly #seen = new Map<string, string[]>()

  see(name: 'cursor' | 'If-None-Match' | 'member', value: string): void {
    const seen = this.#seen.get(name) ?? []
    seen.push(value)
    if (seen.length > 8) seen.shift()
    this.#seen.set(name, seen)
  }

  /** @param write whether the request that asks for it may change something */
  readonly of =
    (write: boolean): Known =>
    (name, random) => {
      switch (name) {
        case 'Namespace':
          return random.pick(write ? openNamespaces : [...openNamespaces, 'honest', 'honest'])
        case 'HostName':
        case 'HostAddress':
          return random.pick(this.#hosts(write))
        case 'ActorType':
          return random.pick(['Honest', 'Pet', 'Nobody'])
        case 'ReplicaId':
          return random.pick([...newIds, ...realIds])
        case 'Generation':
        case 'LogIndex':
          return random.between(0, 40)
        case 'cursor':
        case 'If-None-Match':
          return this.#pick(name, random)
        case 'Idempotency-Key':
          return `key-${random.below(2_000)}`
        case 'factor':
          return random.between(1, 200)
        default:
          return undefined
      }
    }

  #hosts(write: boolean): readonly string[] {
    const seen = this.#seen.get('member') ?? []
    return write ? [...names, ...seen] : [...names, ...seen, ...honestHosts]
  }

  #pick(name: string, random: Random): unknown {
    const seen = this.#seen.get(name) ?? []
    return seen.length === 0 ? undefined : random.pick(seen)
  }
}

/** A path that no request may be of: see above. */
export function isHarmful(method: string, path: string): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  const decoded = decodedOf(path)
  if (method === 'DELETE' && /\/replicas\/0*[123]$/.test(decoded)) return true
  return decoded.includes('/honest')
}

function decodedOf(path: string): string {
  try {
    return decodeURIComponent(path.split('?', 1)[0] ?? '')
  } catch {
    return path
  }
}

/** The same body with what an operator must not say put out of harm's way. */
export function harmless(operationId: string, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const fields = { ...(body as Record<string, unknown>) }
  if (operationId === 'changeSettings') {
    for (const name of times) {
      // Numbers that could be taken. One alone that cannot: shorter than the lease that there is.
      if (typeof fields[name] === 'number') delete fields[name]
    }
    if ('hostTimeoutMs' in (body as object)) fields.hostTimeoutMs = 100
    if (Number(fields.factor) > 1_000) fields.factor = 1_000
  }
  if (operationId === 'addReplica' && typeof fields.peer === 'string') fields.peer = peerOf(fields)
  if (operationId === 'changeReplicas' && Array.isArray(fields.changes)) {
    fields.changes = fields.changes.map(harmlessChange)
  }
  return fields
}

function harmlessChange(change: unknown): unknown {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change
  const fields = { ...(change as Record<string, unknown>) }
  if (typeof fields.peer === 'string') fields.peer = peerOf(fields)
  if (realIds.includes(Number(fields.id))) fields.membership = 'voter'
  return fields
}

/** Names of hosts that could be somewhere become one where nobody is; nonsense stays. */
function peerOf({ peer }: Record<string, unknown>): unknown {
  return /^[\w.:[\]-]+:\d+$/.test(String(peer)) ? nowhere : peer
}
