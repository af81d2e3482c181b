/** Composes the hello of a session: who this is, and what it still holds of an earlier session. */
import { hostProtocol } from '../versions/versions.js'
import type { Hello, Resume, Welcome } from '../wire/messages.js'
import type { HostLease } from './host-lease.js'
import type { SidecarOptions } from './options.js'
import type { TableKeeper } from './table-keeper.js'

/**
 * @param types that it says, where it has a host
 * @param welcome the last one, of whatever session; null before the first
 * @param leaves the host hands over what it has and goes: it names no types, so that nobody
 *   admits it anew
 */
export function composeHello(
  { namespace, instance, secret, cluster, host }: SidecarOptions,
  types: readonly string[],
  welcome: Welcome | null,
  keeper: TableKeeper,
  lease: HostLease,
  leaves = false,
): Hello {
  const resume = composeResume(welcome, keeper, lease)
  return {
    kind: 'hello',
    protocol: hostProtocol,
    levels: keeper.levels,
    namespace,
    instance,
    ...(cluster === undefined ? {} : { cluster }),
    ...(host === undefined ? {} : { secret, ...host, types: leaves ? [] : types }),
    ...(resume === null ? {} : { resume }),
  }
}

function composeResume(
  welcome: Welcome | null,
  { acknowledged, disseminated }: TableKeeper,
  lease: HostLease,
): Resume | null {
  if (welcome === null || disseminated === null || acknowledged === null) return null
  const { lineage, epoch } = welcome
  const held = { generation: disseminated.generation, digest: disseminated.digest }
  return { lineage, epoch, number: lease.number, acknowledged, held }
}
