/**
 * What a leader notices by the commands that it proposes: that its wall clock has jumped since the
 * one before, and that the log does not take them. It proposes nothing itself.
 */
import type { BerthError } from '../../errors/berth-error.js'
import type { ErrorCode } from '../../errors/catalogue.js'
import type { Command } from '../../fsm/command.js'
import type { Instant } from '../../fsm/instant.js'
import type { NodePorts } from '../../raft/node/node-ports.js'

/** The wall clock has jumped when it and the monotonic clock are apart by more, in ms. */
const jumpMs = 1_000

export interface Jump {
  /** Says it to the log. */
  readonly command: Command
  /** When the last command before it was proposed. */
  readonly since: Instant
}

/**
 * Finds out that the wall clock of a leader has jumped: by the monotonic clock, from one command
 * that it proposes to the next. What it says of that goes into the log before the next command: so
 * a clock that is wrong for seconds ages nothing there, and one that is set back stops nothing.
 *
 * It looks no further back than the first command of this leadership: what lies between the last
 * command of another leader and that one, only wall clocks tell.
 */
export class ProposedClock {
  #last: Instant | null = null

  /** A leadership begins. */
  restart(): void {
    this.#last = null
  }

  /**
   * Something is about to be proposed, or may be.
   * @returns what has to be proposed before that, because the clock has jumped; null for nothing
   */
  before(now: Instant): Jump | null {
    const since = this.#last
    if (since === null) return null
    const elapsedMs = Math.max(0, Math.round(now.monotonicMs - since.monotonicMs))
    if (Math.abs(now.wallMs - since.wallMs - elapsedMs) <= jumpMs) return null
    this.#last = now
    return { command: { kind: 'clock', atMs: now.wallMs, elapsedMs }, since }
  }

  /** The jump did not get into the log: it is to be said again before the next command. */
  refused({ since }: Jump): void {
    if (this.#last !== null && this.#last.monotonicMs >= since.monotonicMs) this.#last = since
  }

  /** A command with the time of `now` is proposed. */
  proposed(now: Instant): void {
    this.#last = now
  }
}

/** Between two lines about the same kind of command and the same code, in ms. */
const quietMs = 10_000
/** Leadership changes hands: the next leader writes it. */
const expected: ReadonlySet<ErrorCode> = new Set(['not_leader', 'no_leader', 'timeout'])

/**
 * Tells the log of what the leader wrote for hosts and the log did not take. Whoever is in such a
 * command waits, and is tried again and again, so that somebody has to be told; but not each time.
 */
export class RefusedProposals {
  readonly #log: NodePorts<unknown>['log']
  /** By kind and code, of which there are few. */
  readonly #told = new Map<string, { atMs: number; since: number }>()

  constructor(log: NodePorts<unknown>['log']) {
    this.#log = log
  }

  refused(command: Command, { code, message }: BerthError, nowMs: number): void {
    if (expected.has(code)) return
    const key = `${command.kind} ${code}`
    const told = this.#told.get(key)
    if (told !== undefined && nowMs - told.atMs < quietMs) {
      told.since += 1
      return
    }
    const hosts = 'hosts' in command ? command.hosts.length : undefined
    const fields = { command: command.kind, hosts, code, detail: message }
    const more = told === undefined ? {} : { before: told.since }
    this.#log('warn', { ...fields, ...more }, 'The log does not take a change of members.')
    this.#told.set(key, { atMs: nowMs, since: 0 })
  }
}
