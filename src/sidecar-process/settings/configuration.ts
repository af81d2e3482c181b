/**
 * What a sidecar is told at its start, checked as a whole: settings that do not go together are
 * refused here, before anything is opened, each with the reason.
 */
import { BerthError } from '../../errors/berth-error.js'
import { formatAddress, type SocketAddress } from '../../settings/setting-kinds.js'
import { flagOf } from '../../settings/settings-table.js'
import type { NatsOptions } from '../../sidecar/nats-listener.js'
import { callPortRisk } from '../../sidecar/serving-checks.js'
import { addressParts } from '../../wire/address.js'
import { isLoopback } from '../../wire/loopback.js'
import { type ApplicationChoices, typeNameFault } from '../application/application-choices.js'
import type { SettingName, SidecarSettings } from './settings-table.js'

/** The host that this sidecar is the one of. */
export interface HostConfiguration {
  readonly name: string
  readonly appId: string
  /** `http://host:port` or `unix:/path`. */
  readonly app: string
  readonly callListen: SocketAddress
  /** What flags say of the application: these win over what it says itself. */
  readonly choices: ApplicationChoices
}

export interface CallTlsPaths {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface SidecarConfiguration extends SidecarSettings {
  /** Null for a sidecar that is for callers and lookups alone. */
  readonly host: HostConfiguration | null
  readonly callTls: CallTlsPaths | null
  /** False to live without NATS. */
  readonly nats: NatsOptions | false
}

/** What only hosts have. */
const ofHosts = [
  ...(['app', 'appId', 'types', 'callListen', 'drainMs', 'idleMs', 'turns'] as const),
]
const tlsNames = ['callTlsCa', 'callTlsCert', 'callTlsKey'] as const

/**
 * @param typesFault what is wrong with a list of types; null for nothing
 * @throws BerthError `invalid_config`
 */
export function checkConfiguration(
  settings: SidecarSettings,
  typesFault: (types: readonly string[]) => string | null,
): SidecarConfiguration {
  if (settings.replicas.length === 0) throw wrong('--replicas names none: give at least one.')
  checkListen(settings)
  const callTls = tlsOf(settings)
  const host = hostOf(settings, callTls !== null)
  const types = host?.choices.types ?? []
  const fault = typesFault(types) ?? typeNameFault(types)
  if (fault !== null) throw wrong(`--types: ${fault}`)
  return { ...settings, host, callTls, nats: natsOf(settings) }
}

/** Who asks the local API is on this machine, and has no credentials. */
function checkListen({ listen }: SidecarSettings): void {
  if (listen.kind === 'unix' || isLoopback(listen.host)) return
  const where = formatAddress(listen)
  const use = 'use 127.0.0.1, or unix:/path'
  throw wrong(`--listen ${where}: the local API is for this machine alone; ${use}.`)
}

function hostOf(settings: SidecarSettings, hasTls: boolean): HostConfiguration | null {
  const { name, app, appId, insecure, types, turns, drainMs, idleMs } = settings
  if (name === null) {
    const given = ofHosts.filter((one) => isGiven(settings[one]))
    if (given.length === 0) return null
    throw wrong(`${flags(given)} without --name: that is where other hosts reach this one.`)
  }
  if (app === null) {
    throw wrong('--name without --app: calls for its actors would reach nobody.')
  }
  if (appId === null) throw wrong('--name without --app-id: it says what is deployed here.')
  const callListen = settings.callListen ?? addressParts(name)
  const text = formatAddress(callListen)
  const risk = callPortRisk(text, { host: callListen.host, hasTls, insecure })
  if (risk !== null) {
    const flag = settings.callListen === null ? '--name' : '--call-listen'
    const use = `Give ${flags(tlsNames)}, or say --insecure if the network is closed.`
    throw wrong(`${flag} ${risk} ${use}`)
  }
  checkApplication(app, insecure)
  checkPorts(settings, callListen)
  const isMissing = turns.find((type) => types.length > 0 && !types.includes(type))
  if (isMissing !== undefined) throw wrong(`--turns: --types has no "${isMissing}".`)
  const choices = {
    types: types.length === 0 ? null : types,
    turns: turns.length === 0 ? null : turns,
    ...{ drainMs, idleMs },
  }
  return { name, appId, app, callListen, choices }
}

function checkApplication(app: string, insecure: boolean): void {
  if (app.startsWith('unix:') || insecure || isLoopback(new URL(app).hostname)) return
  const why = 'calls go to it in plain HTTP, and it would take them from anybody'
  throw wrong(`--app ${app} is elsewhere: ${why}. Say --insecure if the network is closed.`)
}

function checkPorts({ listen }: SidecarSettings, callListen: SocketAddress): void {
  const isSame = listen.kind === 'tcp' && formatAddress(listen) === formatAddress(callListen)
  if (!isSame) return
  throw wrong(`--listen and the call port are both ${formatAddress(callListen)}.`)
}

function tlsOf(settings: SidecarSettings): CallTlsPaths | null {
  const { callTlsCa: ca, callTlsCert: cert, callTlsKey: key } = settings
  if (ca !== null && cert !== null && key !== null) return { ca, cert, key }
  const given = tlsNames.filter((name) => settings[name] !== null)
  if (given.length === 0) return null
  const missing = tlsNames.filter((name) => settings[name] === null)
  throw wrong(`${flags(given)} without ${flags(missing)}: TLS between hosts takes all three.`)
}

function natsOf(settings: SidecarSettings): NatsOptions | false {
  const { noNats, natsUrl: servers, natsUser: user, natsPassword: pass, natsToken } = settings
  const names = ['natsUrl', 'natsUser', 'natsPassword', 'natsToken'] as const
  const given = names.filter((name) => isGiven(settings[name]))
  if (noNats) {
    if (given.length === 0) return false
    throw wrong(`--no-nats with ${flags(given)}: leave one of them out.`)
  }
  if (natsToken !== null && (user !== null || pass !== null)) {
    throw wrong('--nats-token with --nats-user or --nats-password: NATS takes one of the two ways.')
  }
  if ((user === null) !== (pass === null)) {
    throw wrong('--nats-user and --nats-password are given together, or neither.')
  }
  return {
    ...(servers.length === 0 ? {} : { servers }),
    ...(user === null || pass === null ? {} : { user, pass }),
    ...(natsToken === null ? {} : { token: natsToken }),
  }
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null
}

function flags(names: readonly SettingName[]): string {
  return names.map(flagOf).join(' and ')
}

function wrong(detail: string): BerthError {
  return new BerthError('invalid_config', detail)
}
