/**
 * Every setting of a sidecar, once: its flag, its environment variable, its default and what it
 * means. The command line, the environment, the file and `--help` are all made from this table.
 */
import { logSettings } from '../../settings/log-settings.js'
import {
  filePath,
  flag,
  listenAddress,
  listOf,
  natsUrl,
  optional,
  text,
  wholeNumber,
  word,
} from '../../settings/setting-kinds.js'
import { type Setting, setting, type ValuesOf } from '../../settings/settings-table.js'
import { timerMsMax } from '../../sidecar/waiters.js'
import { applicationUrl, hostName, localAddress, replicaAddress, secret } from './sidecar-kinds.js'

/** The keys are the names in the program; flag and variable follow from them. */
export const settingsTable = {
  app: setting(
    optional(applicationUrl),
    'application of this host; without it the sidecar is for callers and lookups alone',
    '',
  ),
  name: setting(
    optional(hostName),
    'name of this host: where other sidecars reach its call port',
    '',
  ),
  appId: setting(optional(text), 'what is deployed on this host; needed beside --name', ''),
  types: setting(
    listOf(text),
    'actor types of the application; without them it says by GET /berth/config which it has',
    '',
  ),
  replicas: setting(listOf(replicaAddress), 'ws:// addresses of one or more replicas'),
  namespace: setting(word, 'namespace of the actors', 'default'),
  cluster: setting(optional(word), 'name of the cluster: another one is refused', ''),
  listen: setting(localAddress, 'address of the local API, on loopback', '127.0.0.1:3600'),
  callListen: setting(
    optional(listenAddress),
    'address for calls of other hosts, if it is not --name',
    '',
  ),
  callTlsCa: setting(
    optional(filePath),
    'authorities (PEM) of the certificates that hosts show one another: with it, TLS only',
    '',
  ),
  callTlsCert: setting(
    optional(filePath),
    'certificate (PEM) that it shows other hosts, for the host of --name',
    '',
  ),
  callTlsKey: setting(optional(filePath), 'private key (PEM) of that certificate', ''),
  insecure: setting(
    flag,
    'take calls off loopback without certificates, and call an application that is elsewhere',
    'false',
  ),
  drainMs: setting(
    optional(wholeNumber(0, timerMsMax)),
    'what running calls of keys that move away may still take, in ms (3,000 unless said)',
    '',
  ),
  idleMs: setting(
    optional(wholeNumber(1, timerMsMax)),
    'an actor without a call for so long leaves, in ms',
    '',
  ),
  turns: setting(listOf(text), 'types of which an actor takes one call at a time, in order', ''),
  natsUrl: setting(
    listOf(natsUrl),
    'NATS servers instead of those that the replicas name, with a login if they ask for one',
    '',
  ),
  natsUser: setting(optional(text), 'user at NATS', ''),
  natsPassword: setting(optional(secret), 'its password; better as a variable or in the file', ''),
  natsToken: setting(optional(secret), 'token for NATS; better as a variable or in the file', ''),
  noNats: setting(flag, 'live without NATS: all comes over WebSocket, somewhat later', 'false'),
  stopLimitMs: setting(
    wholeNumber(1_000, 3_600_000),
    'a stop that takes longer than this is cut short, in ms',
    '25000',
  ),
  ...logSettings,
} as const satisfies Readonly<Record<string, Setting<unknown>>>

export type SidecarTable = typeof settingsTable

export type SettingName = keyof SidecarTable

/** The values of all settings. */
export type SidecarSettings = ValuesOf<SidecarTable>
