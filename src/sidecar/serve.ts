/** A host without a framework: its actors are a function, which calls reach from all hosts. */
import type { ActorFunction } from '../calls/http/actor-function.js'
import type { ActorHookFunctions } from '../calls/http/actor-hooks.js'
import type { Application } from '../calls/http/application.js'
import { FunctionApplication } from '../calls/http/function-application.js'
import type { LeaveReason } from '../calls/machine/effect.js'
import type { ActorKey } from '../calls/machine/ownership.js'
import { type CallOptions, defaultCallSettings } from '../calls/machine/settings.js'
import { BerthError } from '../errors/berth-error.js'
import { messageOf } from '../errors/message-of.js'
import { LimitedLog } from '../log/limited-log.js'
import { addressFault, addressParts, reachableFault } from '../wire/address.js'
import { type ConnectOptions, join } from './connect.js'
import { guarded, silentLog } from './log.js'
import { open } from './open.js'
import { callPortRisk, drainFault } from './serving-checks.js'
import type { Sidecar } from './sidecar.js'
import type { OtherRequests, SidecarCalls } from './sidecar-calls.js'
import { timerMsMax } from './waiters.js'

/** How a host takes calls, whatever runs its actors. */
export interface HostOptions extends ConnectOptions {
  /** Who this host is. Other hosts send their calls to its `name`, `host:port`. */
  readonly host: NonNullable<ConnectOptions['host']>
  /**
   * An actor that was called here leaves: its key moves to another host, a fence took it, or it was
   * idle. No call of it runs then, and none is let in before the promise settles; nor does the key
   * move before. When it rejects it is called again, later each time: nobody knows whether the
   * actor has let go, and this host is removed at the round's deadline unless it resolves by then.
   */
  readonly onLeave?: (actor: ActorKey, why: LeaveReason) => void | Promise<void>
  /**
   * This host was fenced, and calls are cut. When it rejects it is called again: the host is not
   * let in anew before it resolves.
   * @param isFinal whether all of it has to stop
   */
  readonly onFenced?: (isFinal: boolean) => void | Promise<void>
  /** Where to listen for calls, `host:port`, where that is not the host's name. */
  readonly callListen?: string
  /** Listens off loopback without `callTls`: whoever reaches the port can call every actor. */
  readonly insecure?: boolean
  /** Types of which an actor takes one call at a time, in order. Default: none. */
  readonly turns?: readonly string[]
  /** An actor without a call for so long leaves, in ms, from 1. Default: null, for never. */
  readonly idleMs?: number | null
  /**
   * What calls of keys that move away may still take, in ms, from 0 to half of the cluster's
   * `roundDeadlineMs`: the other half is for `onLeave`. Then they are cut. Default: 3,000, or that
   * half where it is less.
   */
  readonly drainMs?: number
}

export interface ServeOptions extends HostOptions {
  /**
   * Called for each call of an actor of this host, with `type`, `id`, `token`, `generation`,
   * `method`, `path`, `headers`, `body`, `signal` and `chain`. Answers `status` (200 to 599,
   * default 200), `headers` and `body` (a text, bytes, a stream or nothing). What it throws is told
   * in the log and answered with 500.
   */
  readonly application: ActorFunction
  /** Answers what comes to the call port and is no call. Default: 404. */
  readonly others?: OtherRequests
}

/**
 * Starts a host: takes calls for its actors on its own name, joins, and resolves when it owns its
 * share. Its calls go to `application`; `call` of the sidecar calls any actor. `leave` and `close`
 * end the port too.
 *
 * Between hosts calls go as HTTP to `/v1/call/{type}/{id}/{path}`. A host that gets one for an
 * actor which it does not own refuses it with 421, and the other one goes on to the owner.
 *
 * @throws BerthError `invalid_config` when an option is wrong, or `drainMs` does not fit into the
 *   rounds of the cluster; `unavailable` when it cannot listen; `timeout` with what it waited for
 */
export async function serve(options: ServeOptions): Promise<Sidecar> {
  const { application, others = null } = options
  if (typeof application !== 'function') throw invalid('application must be a function.')
  const make = (hooks: ActorHookFunctions) => new FunctionApplication(application, hooks)
  return serveApplication(options, make, others)
}

/**
 * The same for any application of this process.
 * @param make makes it, with what it is to tell the host of
 */
export async function serveApplication(
  options: HostOptions,
  make: (hooks: ActorHookFunctions) => Application,
  others: OtherRequests | null,
): Promise<Sidecar> {
  const where = readListen(options)
  const { onLeave, onFenced } = options
  const log = guarded(options.log ?? silentLog)
  // An application that fails does so at each call.
  const seldom = new LimitedLog(log)
  const application = make({
    ...(onLeave === undefined ? {} : { onLeave }),
    ...(onFenced === undefined ? {} : { onFenced }),
    onFailure: (error, of) => seldom.add('error', { err: error }, failures[of]),
    onEnd: () => seldom.end(),
  })
  const { calls, sidecar } = await open(options, { application, options: readChoices(options) })
  await listen(calls, where, others).catch(async (error) => {
    await sidecar.close()
    throw error
  })
  await join(sidecar, options)
  // A default is cut down to what there is; what somebody has chosen is not.
  const { roundDeadlineMs } = sidecar.state()
  const chosenMs = options.drainMs ?? 0
  const fault = roundDeadlineMs === null ? null : drainFault(chosenMs, roundDeadlineMs)
  if (fault === null) return sidecar
  await sidecar.close()
  throw invalid(fault)
}

const failures = {
  call: 'the application failed',
  leave: 'onLeave failed: it is called again, and its actor does not move before it resolves',
  fence: 'onFenced failed: it is called again, and this host is not let in before it resolves',
} as const

interface Where {
  readonly text: string
  readonly host: string
  readonly port: number
}

function readListen({ host, callListen, callTls, insecure = false }: HostOptions): Where {
  const text = callListen ?? host?.name
  if (typeof text !== 'string') throw invalid('host.name is needed, as host:port.')
  const fault = callListen === undefined ? reachableFault(text) : addressFault(text)
  if (fault !== null) throw invalid(`"${text}" is no address to listen at: ${fault}.`)
  const { host: plain, port } = addressParts(text)
  const risk = callPortRisk(text, { host: plain, hasTls: callTls !== undefined, insecure })
  if (risk !== null) {
    throw invalid(`${risk} Give callTls, or insecure: true if the network is closed.`)
  }
  return { text, host: plain, port }
}

function readChoices({ host, turns = [], idleMs = null, drainMs }: HostOptions): CallOptions {
  for (const type of turns) {
    if (!host.types.includes(type)) throw invalid(`turns: host.types has no "${type}".`)
  }
  if (idleMs !== null && !(idleMs >= 1 && idleMs <= timerMsMax)) {
    throw invalid(`idleMs must be from 1 to ${timerMsMax}, in ms, or null for never.`)
  }
  if (drainMs !== undefined && !(drainMs >= 0 && drainMs <= timerMsMax)) {
    throw invalid('drainMs must be 0 or more, in ms.')
  }
  return { turns: [...turns], idleMs, drainMs: drainMs ?? defaultCallSettings.drainMs }
}

async function listen(calls: SidecarCalls, where: Where, others: OtherRequests | null) {
  const { text, host, port } = where
  try {
    await calls.listen({ host, port }, others)
  } catch (cause) {
    const reason = messageOf(cause)
    throw new BerthError('unavailable', `This host cannot serve on ${text}: ${reason}`, { cause })
  }
}

function invalid(detail: string): BerthError {
  return new BerthError('invalid_config', `serve: ${detail}`)
}
