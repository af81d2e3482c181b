/** The sidecar as a host uses it: what the driver and its machine know, as answers and promises. */
import type { LocalCall } from '../calls/http/local-caller.js'
import type { CallAnswer } from '../calls/http/local-sink.js'
import type { CallMeasures } from '../calls/machine/measures.js'
import { BerthError } from '../errors/berth-error.js'
import { planOwners } from '../table/bounded-load.js'
import type { HostMessage } from '../wire/messages.js'
import { utf8Bytes } from '../wire/utf8-bytes.js'
import type { Check } from '../wire/validate.js'
import type { SidecarDriver } from './driver.js'
import type { FencedHandler, ReleaseHandler } from './host-handlers.js'
import { typesFault } from './said-types.js'
import type { SidecarCalls } from './sidecar-calls.js'
import type { SidecarState } from './state.js'
import type { Lookup } from './table-keeper.js'
import type { WaitOptions } from './waiters.js'

/** Where an actor runs. */
export interface Placement {
  /** Address of the host. */
  readonly host: string
  readonly appId: string
  /** Generation of the table that says so. */
  readonly generation: number
}

/** Longest id of an actor, in bytes of UTF-8. */
export const actorIdBytesMax = 1_024
/** A lookup that waits longer is rejected unless it says otherwise, in ms. */
export const defaultWaitMs = 30_000

/** What an actor is called with. */
export interface CallRequest extends LocalCall {
  /**
   * Says that the same call may be made again: it is sent once more where its outcome is unknown,
   * whatever its method. The actor gets it as the header `Idempotency-Key`, and tells by it what it
   * has done already.
   */
  readonly idempotencyKey?: string
}

export class Sidecar {
  readonly #driver: SidecarDriver
  readonly #openCalls: () => SidecarCalls
  #calls: SidecarCalls | null

  /**
   * @param calls what carries calls, where this host takes them
   * @param openCalls makes it where it is needed
   */
  constructor(driver: SidecarDriver, calls: SidecarCalls | null, openCalls: () => SidecarCalls) {
    this.#driver = driver
    this.#calls = calls
    this.#openCalls = openCalls
  }

  /**
   * Calls an actor, wherever it runs: here without a hop, else at the host that owns it, over HTTP.
   * Waits while it moves, and goes on to its new owner; for `timeoutMs` from 0 to 86,400,000 ms,
   * 30,000 unless said otherwise. Observers may call too.
   *
   * Resolves when the answer begins, with its `status`, its `headers` (by name in lower case) and
   * its `body`, a stream to be read or destroyed. What hinders a call is an answer as well: a
   * status of 4xx or 5xx and a body of `application/problem+json` whose `code` says what, and with
   * `"outcome": "unknown"` where the actor may have done it. A call that an actor may have got is
   * sent again only if its method is idempotent or it has an `idempotencyKey`.
   *
   * @throws BerthError `invalid_request` for what HTTP cannot carry; `unavailable` when this
   *   sidecar is closed; the signal's reason when it is aborted
   */
  async call(type: string, id: string, request: CallRequest = {}): Promise<CallAnswer> {
    checkKey(type, id)
    this.#unlessClosed()
    this.#calls ??= this.#openCalls()
    const { idempotencyKey, headers, ...call } = request
    if (idempotencyKey === undefined) return this.#calls.call(type, id, request)
    if (typeof idempotencyKey !== 'string' || idempotencyKey === '') {
      throw new BerthError('invalid_request', 'An idempotencyKey is a text of one or more letters.')
    }
    const all = { ...headers, 'idempotency-key': idempotencyKey }
    return this.#calls.call(type, id, { ...call, headers: all })
  }

  /**
   * What is counted of calls that came here, and of those that were made here, since the start: how
   * they ended and at which hop, how long they waited, how many wait and run now. Of `waits` each
   * has the bound of `waitBoundsMs` in its place, the last one none. Null while there were none.
   */
  callMeasures(): CallMeasures | null {
    return this.#calls?.measures ?? null
  }

  /**
   * Where the actor runs. Waits while it moves.
   * @throws BerthError `no_owner` when no host has the type, `timeout`, `overloaded`; `unavailable`
   *   when this sidecar is closed and does not know
   */
  async where(type: string, id: string, options: WaitOptions = {}): Promise<Placement> {
    options.signal?.throwIfAborted()
    const known = this.#lookup(type, id)
    if (known.kind === 'owner') return placementOf(known)
    return this.#driver.waiters.until(
      () => {
        const lookup = this.#lookup(type, id)
        if (lookup.kind === 'owner') return placementOf(lookup)
        if (lookup.kind !== 'no_owner') return this.#unlessClosed()
        throw noOwner(type)
      },
      { timeoutMs: defaultWaitMs, ...options },
      () =>
        `where ${type}/${id} is ${this.#lookup(type, id).kind}, the sidecar ${this.describe()}.`,
    )
  }

  /** The same without waiting: its place, `moving`, or `unknown` (also if no host has the type). */
  peek(type: string, id: string): Placement | 'moving' | 'unknown' {
    const lookup = this.#lookup(type, id)
    if (lookup.kind === 'owner') return placementOf(lookup)
    return lookup.kind === 'moving' ? 'moving' : 'unknown'
  }

  /**
   * Where these actors would be if no host were to carry more than 1.25 times the average of them:
   * for planning alone. Who runs an actor, `where` says.
   * @throws BerthError `no_owner` when no host has the type, `unavailable` before the first table
   */
  plan(type: string, ids: readonly string[]): readonly Placement[] {
    for (const id of ids) checkKey(type, id)
    const { table } = this.#driver.machine
    if (table === null) throw new BerthError('unavailable', 'There is no table here yet.')
    const members = planOwners(table, type, ids)
    if (members === null) throw noOwner(type)
    return members.map((member) => placementOf({ member, generation: table.generation }))
  }

  /**
   * Whether this host may run the actor at this instant. False from the moment when its release
   * begins; what runs then may finish under its token until the release is done.
   */
  owns(type: string, id: string): boolean {
    checkKey(type, id)
    return this.#driver.machine.owns(type, id, this.#driver.now)
  }

  /**
   * Fencing token of an actor of one's own: rises whenever the actor changes hands. Storage that
   * refuses a lower token than it has seen is safe even from a host that lost all sense of time.
   * @throws BerthError `not_owner` when this host may not run the actor now
   */
  token(type: string, id: string): number {
    checkKey(type, id)
    const token = this.#driver.machine.token(type, id, this.#driver.now)
    if (token !== null) return token
    throw new BerthError('not_owner', `This host may not run ${type}/${id} now.`)
  }

  /** Calls the handler with what moves away; the move waits for its promise. @returns undo */
  onRelease(handler: ReleaseHandler): () => void {
    this.#driver.handlers.onRelease.add(handler)
    return () => this.#driver.handlers.onRelease.delete(handler)
  }

  /** Calls the handler with what must stop at once. @returns undo */
  onFenced(handler: FencedHandler): () => void {
    this.#driver.handlers.onFenced.add(handler)
    return () => this.#driver.handlers.onFenced.delete(handler)
  }

  /**
   * From now on this host offers these types, and no others; it keeps its place. Keys of types that
   * come or go move by a round as in a join: those that go are let go of by `onRelease`, all others
   * never notice. With none the host stays, and owns nothing. Resolves when the table that has them
   * is disseminated and is here. A host whose types change too often within a minute waits;
   * `state().typesWaiting` says so.
   * @param types as of `connect`
   * @throws BerthError `invalid_request` when they are no types, or `connect` named no host;
   *   `level_too_low` when not all replicas are upgraded: the types are those from before, and
   *   nothing has moved; `conflict` when other types were set meanwhile; `timeout` with what it
   *   waits for: the types are set all the same; `unavailable` when this sidecar leaves or has left
   */
  async setTypes(types: readonly string[], options: WaitOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    if (!this.#driver.hasName) {
      throw new BerthError('invalid_request', 'setTypes: give connect() a "host" with a name.')
    }
    const checked = checkTypes(types, this.#driver.checks.hostMessage)
    this.#unlessBroken()
    this.#unlessLeaving()
    const number = this.#driver.setTypes(checked)
    await this.#driver.waiters.until(
      () => {
        const outcome = this.#driver.machine.typesOutcome(number)
        switch (outcome.kind) {
          case 'done':
            return true
          case 'refused':
            throw new BerthError('level_too_low', outcome.detail)
          case 'superseded':
            throw new BerthError('conflict', 'Other types were set before a table had these.')
          case 'waiting':
            this.#unlessBroken()
            return this.#unlessLeaving()
        }
      },
      options,
      () => `the types wait (${this.#typesWaitFor()}), the sidecar ${this.describe()}.`,
    )
  }

  #typesWaitFor(): string {
    return this.state().typesWaiting?.detail ?? 'for a table that has them'
  }

  /** @throws BerthError `unavailable` when this host is on its way out, or out */
  #unlessLeaving(): undefined {
    const { phase } = this.#driver.machine
    if (phase !== 'leaving') return this.#unlessClosed()
    throw new BerthError('unavailable', 'This sidecar leaves.')
  }

  state(): SidecarState {
    return this.#driver.state()
  }

  /** The state in a few words, for logs and error messages. */
  describe(): string {
    return this.#driver.describe()
  }

  /** Resolves when the sidecar has a table and, for a host, a lease and its place in the table. */
  async ready(options: WaitOptions = {}): Promise<void> {
    await this.#driver.waiters.until(
      () => {
        const { phase, isFenced, generation, isMember } = this.state()
        const isIn = isMember || !this.#driver.machine.isHost
        if (phase === 'serving' && !isFenced && generation !== null && isIn) return true
        this.#unlessBroken()
        return this.#unlessClosed()
      },
      options,
      () => `the sidecar ${this.describe()}.`,
    )
  }

  /**
   * Hands everything over, then closes. Resolves when the hand-over is finished; when it rejects
   * the sidecar is closed, and its actors wait until its lease has run out.
   * A host that takes calls refuses them for 1 s more, until others have heard that it is gone.
   * @throws BerthError `not_handed_over` when this host was fenced while it left, or ended
   *   otherwise, with the reason; `unavailable` when `onFenced` failed: end this process; `timeout`
   */
  async leave(options: WaitOptions = {}): Promise<void> {
    this.#driver.leave()
    let isOver = false
    try {
      await this.#driver.handedOver(options)
      isOver = true
    } finally {
      // Nobody has said that all is stopped: where it has not left, it ends without a word.
      await this.#driver.close('abandon')
      await this.#calls?.close(isOver)
    }
  }

  /**
   * Ends without a hand-over: the host has stopped everything. Its actors wait for the next
   * instance under its name, or for its lease to run out.
   *
   * Calls that run here are cut. Where an actor that was called here has not ended after 5 s, its
   * place is not kept: the cluster waits for the lease.
   */
  async close(): Promise<void> {
    const calls = this.#calls
    if (calls === null) await this.#driver.close('bye')
    else {
      const isStopped = await calls.stop(this.#driver.machine.heldTypes)
      await this.#driver.close(isStopped ? 'bye' : 'abandon')
      await calls.close(false)
    }
  }

  /** @throws BerthError `unavailable` when `onFenced` failed */
  #unlessBroken(): void {
    const { broken } = this.#driver.machine
    if (broken !== null) throw new BerthError('unavailable', broken)
  }

  /** @throws BerthError `unavailable` when nothing will come any more */
  #unlessClosed(): undefined {
    if (this.#driver.machine.phase !== 'left') return undefined
    throw new BerthError('unavailable', 'This sidecar is closed.')
  }

  #lookup(type: string, id: string): Lookup {
    checkKey(type, id)
    return this.#driver.machine.lookup(type, id, this.#driver.now)
  }
}

/** @throws BerthError `invalid_request` for what no message may say */
function checkTypes(types: unknown, check: Check<HostMessage>): readonly string[] {
  if (!Array.isArray(types)) {
    throw new BerthError('invalid_request', 'setTypes: types is a list of texts.')
  }
  const list: readonly string[] = [...new Set(types)]
  const fault = typesFault(list, check)
  if (fault !== null) throw new BerthError('invalid_request', `setTypes: ${fault}`)
  return list
}

/** @throws BerthError `invalid_request` for what is no name of an actor, here as over REST */
function checkKey(type: unknown, id: unknown): void {
  if (typeof type !== 'string' || typeof id !== 'string') {
    throw new BerthError('invalid_request', 'An actor is named by its type and its id, both text.')
  }
  if (!type.isWellFormed() || !id.isWellFormed()) {
    const detail =
      'The name of an actor is well-formed Unicode: here half a surrogate stands alone.'
    throw new BerthError('invalid_request', detail)
  }
  // No character takes more than three bytes for each of its units: short texts are not counted.
  if (id.length * 3 <= actorIdBytesMax || utf8Bytes(id) <= actorIdBytesMax) return
  throw new BerthError('invalid_request', `An actor id has at most ${actorIdBytesMax} bytes.`)
}

function noOwner(type: string): BerthError {
  return new BerthError('no_owner', `No host of the table has actors of type "${type}".`)
}

type Located = Pick<Extract<Lookup, { kind: 'owner' }>, 'member' | 'generation'>

function placementOf({ member, generation }: Located): Placement {
  return { host: member.name, appId: member.appId, generation }
}
