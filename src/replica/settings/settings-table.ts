/**
 * Every setting of a replica, once: its flag, its environment variable, its default and what it
 * means. The command line, the environment, the file and `--help` are all made from this table.
 */
import { logSettings } from '../../settings/log-settings.js'
import {
  filePath,
  flag,
  listenAddress,
  listOf,
  natsUrl,
  oneOf,
  optional,
  publicNatsUrl,
  reachableAddress,
  text,
  wholeNumber,
  word,
} from '../../settings/setting-kinds.js'
import { type Setting, setting, type ValuesOf } from '../../settings/settings-table.js'
import { peerList, postgresUrl, schemaName } from './replica-kinds.js'

/** The keys are the names in the program; flag and variable follow from them. */
export const settingsTable = {
  id: setting(wholeNumber(1, 2 ** 31), 'number of this replica; never used again once removed'),
  cluster: setting(word, 'name of the cluster; all replicas and NATS subjects use it', 'berth'),
  peers: setting(
    peerList,
    'all replicas that begin the cluster, or for a new one those it joins: 1=host:port,2=…',
  ),
  join: setting(
    flag,
    'this replica is new in a cluster that exists: it waits until an operator adds it',
    'false',
  ),
  listen: setting(listenAddress, 'address of REST and WebSocket', '127.0.0.1:7400'),
  advertise: setting(
    optional(reachableAddress),
    'address where hosts and tools reach it, if it is not the one it listens on',
    '',
  ),
  aliases: setting(
    listOf(text),
    'other names that lead here (a proxy, a service): requests may name them as their host',
    '',
  ),
  peerListen: setting(listenAddress, 'address for the other replicas', '127.0.0.1:7410'),
  peerAdvertise: setting(
    optional(reachableAddress),
    'address where the other replicas reach it, if it is neither in --peers nor where it listens',
    '',
  ),
  peerTlsCa: setting(
    optional(filePath),
    'authorities (PEM) of the certificates that replicas show one another: with it, TLS only',
    '',
  ),
  peerTlsCert: setting(
    optional(filePath),
    'certificate (PEM) that it shows other replicas; it names berth://<cluster>/replica/<id>',
    '',
  ),
  peerTlsKey: setting(optional(filePath), 'private key (PEM) of that certificate', ''),
  postgresUrl: setting(postgresUrl, 'database of this replica alone: postgres://user@host/name'),
  postgresSchema: setting(schemaName, 'schema of its tables', 'berth'),
  allowUnsafeFsync: setting(
    flag,
    'start although Postgres has fsync off: a power loss may lose what was acknowledged',
    'false',
  ),
  natsUrl: setting(
    listOf(natsUrl),
    'NATS servers, with a login if they ask for one: nats://user:password@host:port,…',
  ),
  natsAdvertise: setting(
    listOf(publicNatsUrl),
    'NATS servers as sidecars reach them, if these are others',
    '',
  ),
  insecure: setting(
    flag,
    'listen on other addresses than loopback although there are no credentials',
    'false',
  ),
  auth: setting(
    oneOf(['off', 'permissive', 'required']),
    'whether a credential is asked for: permissive lets all in, and says who would be refused',
    'off',
  ),
  connectionsPerAddress: setting(
    wholeNumber(1, 12_000),
    'connections of one address, host sessions among them; loopback has no such limit',
    '1024',
  ),
  tickMs: setting(wholeNumber(5, 50), 'length of a Raft tick, in ms', '50'),
  electionTicks: setting(
    wholeNumber(4, 1_000),
    'a follower that hears nothing for 1 to 2 times this many ticks stands for election',
    '20',
  ),
  heartbeatTicks: setting(wholeNumber(1, 100), 'ticks between Raft heartbeats', '2'),
  snapshotEntries: setting(wholeNumber(16, 1_000_000), 'entries between snapshots', '8192'),
  snapshotIntervalMs: setting(
    wholeNumber(1_000, 86_400_000),
    'time between snapshots if anything changed, in ms',
    '120000',
  ),
  trailingEntries: setting(
    wholeNumber(0, 1_000_000),
    'entries that stay in the log behind a snapshot, for replicas that were away; 64 MiB at most',
    '10240',
  ),
  eventDays: setting(wholeNumber(1, 36_500), 'days that events are kept', '30'),
  eventRows: setting(wholeNumber(1_000, 1_000_000_000), 'events that are kept', '1000000'),
  initialSettings: setting(
    optional(text),
    'settings of a cluster that begins, as JSON; of an existing one, change them over REST',
    '',
  ),
  ...logSettings,
} as const satisfies Readonly<Record<string, Setting<unknown>>>

export type ReplicaTable = typeof settingsTable

export type SettingName = keyof ReplicaTable

/** The values of all settings. */
export type ReplicaSettings = ValuesOf<ReplicaTable>
