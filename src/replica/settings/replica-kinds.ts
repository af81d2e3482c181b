/** Kinds of values that settings of a replica alone have. */
import { isEncoded } from '../../log/shown-url.js'
import {
  encoded,
  formatAddress,
  reachableAddress,
  type SettingKind,
  type SocketAddress,
  wholeNumber,
} from '../../settings/setting-kinds.js'

export interface Peer {
  readonly id: number
  readonly address: SocketAddress
}

/** Of a Postgres schema: one that needs no quotes. */
export const schemaName: SettingKind<string> = {
  form: 'a name of a-z, 0-9 and _, not beginning with a digit',
  placeholder: '<name>',
  parse: (text) => (/^[a-z_][a-z0-9_]{0,62}$/.test(text) ? text : undefined),
}

export const peerList: SettingKind<readonly Peer[]> = {
  form: 'a list of id=host:port with different ids and addresses, separated by commas',
  placeholder: '<list>',
  parse: (value) => {
    const peers = value.split(',').map((part): Peer | undefined => {
      const [id = '', address = '', surplus] = part.split('=', 3)
      if (surplus !== undefined) return undefined
      const number = wholeNumber(1, 2 ** 31).parse(id)
      const parsed = reachableAddress.parse(address)
      return number === undefined || parsed === undefined
        ? undefined
        : { id: number, address: parsed }
    })
    if (!peers.every((peer) => peer !== undefined)) return undefined
    const ids = new Set(peers.map(({ id }) => id))
    const addresses = new Set(peers.map(({ address }) => formatAddress(address)))
    return ids.size === peers.length && addresses.size === peers.length ? peers : undefined
  },
  whyNot: (value) => {
    for (const part of value.split(',')) {
      const [id = '', address] = part.split('=', 2)
      const fault = address === undefined ? null : (reachableAddress.whyNot?.(address) ?? null)
      if (fault !== null) return `of ${id}, ${fault}`
    }
    return null
  },
}

export const postgresUrl: SettingKind<string> = {
  form: `a postgres:// URL with a database, ${encoded}`,
  placeholder: '<url>',
  isSecret: true,
  parse: (value) => {
    const url = isEncoded(value) ? new URL(value) : null
    if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return undefined
    return url.pathname.length > 1 ? value : undefined
  },
}
