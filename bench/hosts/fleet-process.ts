/** A fleet of light hosts in a process of its own, so that it costs the benchmark nothing. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Owner } from '../../test/support/owner.js'
import { startProgram } from '../harness/program.js'
import type { FleetAnswer, FleetRequest } from './fleet-messages.js'

/**
 * Settings of a cluster for a fleet: on a machine that has too few processors for all of it nobody
 * is taken for dead. They alter nothing else that is measured.
 */
export const patientSettings = { fenceAfterMs: 20_000, hostTimeoutMs: 22_000 } as const
/** After a fleet was killed its hosts are out of their table, and the rounds of that are over. */
export const fleetGoneMs = 25_000

export class FleetProcess {
  readonly #child: ChildProcess

  /** @param urls ws:// addresses of the replicas, which share its hosts */
  static async start(
    owner: Owner,
    urls: readonly string[],
    namespace = 'default',
  ): Promise<FleetProcess> {
    const args = ['--urls', urls.join(), '--namespace', namespace]
    const { child } = await startProgram(owner, 'fleet', args)
    return new FleetProcess(child)
  }

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Ends all its hosts without a word. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** @throws Error when it could not be done */
  async ask(request: FleetRequest): Promise<FleetAnswer> {
    const answered = once(this.#child, 'message')
    this.#child.send(request)
    const [answer] = (await answered) as [FleetAnswer]
    if (answer.error !== null) throw new Error(answer.error)
    return answer
  }
}
