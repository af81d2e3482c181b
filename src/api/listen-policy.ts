/**
 * Where a replica may listen: without credentials on loopback only, on every port, unless the
 * operator says `insecure`. Pure; the composition root asks before it opens anything.
 */
import { BerthError } from '../errors/berth-error.js'
import { isLoopback } from '../wire/loopback.js'

export interface Listener {
  /** What listens there, as the operator's flags call it. */
  readonly name: string
  /** Address to bind: a name, IPv4 or IPv6. Empty means all addresses. */
  readonly host: string
}

export interface ListenPolicy {
  readonly listeners: readonly Listener[]
  /** Whether the operator takes the risk. */
  readonly insecure: boolean
}

/** @throws BerthError `invalid_config` that names each listener that others could reach. */
export function checkListenPolicy({ listeners, insecure }: ListenPolicy): void {
  if (insecure) return
  const open = listeners.filter((listener) => !isLoopback(listener.host))
  if (open.length === 0) return
  const names = open.map(({ name, host }) => `${name} (${host === '' ? 'all addresses' : host})`)
  throw new BerthError(
    'invalid_config',
    `Without credentials a replica listens on loopback only, but ${names.join(', ')} can be ` +
      'reached from elsewhere. Use 127.0.0.1, or say --insecure if the network is closed.',
  )
}
