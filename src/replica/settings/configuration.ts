/**
 * What a replica is told at its start, checked as a whole: settings that do not go together are
 * refused here, before anything is opened, each with the reason.
 */
import { checkListenPolicy } from '../../api/listen-policy.js'
import { BerthError } from '../../errors/berth-error.js'
import { defaultSettings, type Settings } from '../../fsm/settings.js'
import {
  checkSettings,
  checkTimes,
  hostTiming,
  settingNames,
  type Timing,
} from '../../fsm/settings-check.js'
import { shownUrl } from '../../log/shown-url.js'
import { formatAddress, namesNoServer, type SocketAddress } from '../../settings/setting-kinds.js'
import { flagOf } from '../../settings/settings-table.js'
import { isUnspecified } from '../../wire/address.js'
import type { Peer } from './replica-kinds.js'
import type { ReplicaSettings, SettingName } from './settings-table.js'

export interface ReplicaConfiguration extends ReplicaSettings {
  /** Voters that the cluster begins with; null for a replica that joins. */
  readonly initialVoters: readonly number[] | null
  /** Settings of the cluster if this replica begins it. */
  readonly genesisSettings: Settings
  /** `http://host:port` where hosts and tools reach it. */
  readonly apiUrl: string
  /** `host:port` where the other replicas reach it. */
  readonly peerAddress: string
  /** NATS servers that sidecars are told, without a login: everybody hears of them. */
  readonly sidecarNatsUrls: readonly string[]
  readonly timing: Timing
}

const tlsNames = ['peerTlsCa', 'peerTlsCert', 'peerTlsKey'] as const

export type TlsName = (typeof tlsNames)[number]
export type TlsFiles = Pick<ReplicaSettings, TlsName>

/** A batch of messages to the leader waits at most so long at a relay, in ms. */
export const relayMs = 20
/** What a commit may take before a leader's death could fence hosts, in ms. */
const commitMs = 500

/** @throws BerthError `invalid_config` */
export function checkConfiguration(settings: ReplicaSettings): ReplicaConfiguration {
  const { id, peers, join, listen, peerListen, insecure, natsUrl, natsAdvertise } = settings
  const listed = peers.find((peer) => peer.id === id)
  if ((listed !== undefined) === join) {
    throw wrong(
      join
        ? `--join is for a new replica, but --peers lists ${id} among those that begin the cluster.`
        : `--peers does not list this replica (--id ${id}). A new replica of a cluster that ` +
            'exists says --join.',
    )
  }
  // Certificates are credentials; of hosts and people none are asked for yet.
  const peerListeners = hasPeerTls(settings)
    ? []
    : [{ name: '--peer-listen', host: peerListen.host }]
  checkListenPolicy({
    listeners: [{ name: '--listen', host: listen.host }, ...peerListeners],
    insecure,
  })
  const apiAddress = reachable('--advertise', settings.advertise, listen)
  // What the others are told of this replica in their lists is true of it in its own.
  const peerAdvertise = settings.peerAdvertise ?? listed?.address ?? null
  const peerAddress = reachable('--peer-advertise', peerAdvertise, peerListen)
  if (listen.port === peerListen.port && listen.host === peerListen.host) {
    throw wrong('--listen and --peer-listen are the same address. Give one of them another port.')
  }
  if (natsAdvertise.length === 0 && natsUrl.some(namesNoServer)) {
    const text = '--nats-url names all addresses of a machine, and sidecars are told the same'
    throw wrong(`${text}; say with --nats-advertise where they are to look for NATS.`)
  }
  if (settings.heartbeatTicks * 3 > settings.electionTicks) {
    throw wrong('--election-ticks must be at least three times --heartbeat-ticks.')
  }
  const timing = timingOf(settings)
  const genesisSettings = genesisOf(settings.initialSettings)
  checkClusterTimes(genesisSettings, timing)
  return {
    ...settings,
    initialVoters: join ? null : peers.map((peer: Peer) => peer.id).sort((a, b) => a - b),
    genesisSettings,
    apiUrl: `http://${formatAddress(apiAddress)}`,
    peerAddress: formatAddress(peerAddress),
    sidecarNatsUrls: natsAdvertise.length > 0 ? natsAdvertise : natsUrl.map(shownUrl),
    timing,
  }
}

/**
 * Whether the replicas talk TLS.
 * @throws BerthError `invalid_config` that names what is missing beside what was given
 */
export function hasPeerTls(settings: TlsFiles): boolean {
  const missing = tlsNames.filter((name) => settings[name] === null)
  if (missing.length === 0 || missing.length === tlsNames.length) return missing.length === 0
  const given = tlsNames.filter((name) => !missing.includes(name))
  throw wrong(`${flags(given)} without ${flags(missing)}: TLS between replicas takes all three.`)
}

function flags(names: readonly SettingName[]): string {
  return names.map(flagOf).join(' and ')
}

/** @throws BerthError `invalid_config` that names the inequality of docs/safety.md which fails */
export function checkClusterTimes(settings: Settings, timing: Timing): void {
  const [fault] = [...checkSettings(settings), ...checkTimes(settings, timing)]
  if (fault !== undefined)
    throw wrong(`The times of the cluster do not go together: ${fault.detail}`)
}

/** What Postgres shows of a replica's connections in pg_stat_activity. */
export function applicationName({ cluster, id }: Pick<ReplicaSettings, 'cluster' | 'id'>): string {
  return `berth ${cluster} ${id}`
}

function timingOf({ tickMs, electionTicks, heartbeatTicks }: ReplicaSettings): Timing {
  return {
    electionTimeoutMs: tickMs * electionTicks,
    raftHeartbeatMs: tickMs * heartbeatTicks,
    relayMs,
    commitMs,
    ...hostTiming,
  }
}

function genesisOf(text: string | null): Settings {
  if (text === null) return defaultSettings
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw wrong(`--initial-settings is not JSON: ${text}`)
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrong('--initial-settings must be a JSON object, for example {"factor":200}.')
  }
  const unknown = Object.keys(given).find((name) => !settingNames.includes(name as keyof Settings))
  if (unknown !== undefined) {
    throw wrong(`--initial-settings has no "${unknown}"; there are: ${settingNames.join(', ')}.`)
  }
  const bad = Object.entries(given).find(([, value]) => !Number.isSafeInteger(value))
  if (bad !== undefined) throw wrong(`--initial-settings: "${bad[0]}" must be a whole number.`)
  return { ...defaultSettings, ...(given as Partial<Settings>) }
}

/** Where others reach a listener: nobody can connect to "all addresses". */
function reachable(
  flag: string,
  advertised: SocketAddress | null,
  listener: SocketAddress,
): SocketAddress {
  if (advertised !== null) return advertised
  if (!isUnspecified(listener.host)) return listener
  throw wrong(`It listens on all addresses; say with ${flag} which one the others are to use.`)
}

function wrong(detail: string): BerthError {
  return new BerthError('invalid_config', detail)
}
