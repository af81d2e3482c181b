/**
 * Tells the log of what the leader wrote for hosts and the log did not take. Whoever is in such a
 * command waits, and is tried again and again, so that somebody has to be told; but not each time.
 */
import type { BerthError } from '../../errors/berth-error.js'
import type { ErrorCode } from '../../errors/catalogue.js'
import type { Command } from '../../fsm/command.js'
import type { NodePorts } from '../../raft/node/node-ports.js'

/** Between two lines about the same kind of command and the same code, in ms. */
export const quietMs = 10_000
/** Leadership changes hands: the next leader writes it. */
const expected: ReadonlySet<ErrorCode> = new Set(['not_leader', 'no_leader', 'timeout'])

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
