/** Puts of 64 bytes at the leader of etcd, as a load. */
import type { EtcdCluster, EtcdMember } from './etcd.js'
import { type Load, type Measured, runLoad } from './load.js'

export interface EtcdMeasured extends Measured {
  /** Processor time of all members for one put, in µs. */
  readonly serverMicros: number
}

const value = Buffer.alloc(64, 'v')

/** Each client puts its own key, again and again. */
export async function loadEtcd(
  etcd: EtcdCluster,
  { client }: EtcdMember,
  inFlight: number,
  limit: Load['limit'],
): Promise<EtcdMeasured> {
  const keys = Array.from({ length: inFlight }, (_, i) => Buffer.from(`bench-${i}`))
  const beforeMs = etcd.cpuMs()
  const measured = await runLoad({
    ...{ inFlight, limit },
    ask: (number) => client.put(keys[number]!, value),
  })
  const serverMicros = (1_000 * (etcd.cpuMs() - beforeMs)) / measured.answers
  return { ...measured, serverMicros }
}
