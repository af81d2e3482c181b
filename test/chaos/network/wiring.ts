/**
 * All lines of a cluster, and the proxies that they run through: between each two replicas (one
 * for who dials whom), from each replica to its Postgres and to NATS, and from each host, and from
 * all callers together, to each replica and to NATS; from all hosts to the call port of each host
 * that has one. Clients of REST go direct: they judge.
 */
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import { hostThatAsks } from './host-line.js'
import { Line } from './line.js'
import { dialledBy } from './peer-line.js'
import { TcpProxy } from './tcp-proxy.js'
import type { Ways } from './ways.js'

export type LineKind = 'peers' | 'postgres' | 'nats' | 'api'

export class Wiring implements Ways {
  readonly #owner: Owner
  readonly #lines = new Map<string, Line>()

  constructor(owner: Owner) {
    this.#owner = owner
  }

  /** By which replica `from` sends to replica `to`. */
  peers(from: number, to: number): Line {
    return this.#line(`peers ${from}>${to}`)
  }

  /** From a replica to its Postgres, to NATS, or from callers to the replica. */
  of(kind: Exclude<LineKind, 'peers'>, replica: number): Line {
    return this.#line(`${kind} ${replica}`)
  }

  /** From a host, by its number from 0, to a replica. */
  host(host: number, replica: number): Line {
    return this.#line(`host ${host}>${replica}`)
  }

  /** From all other hosts, to the call port of a host. */
  calls(host: number): Line {
    return this.#line(`calls>${host}`)
  }

  hostToNats(host: number): Line {
    return this.#line(`host ${host}>nats`)
  }

  peerPort(replica: number, targetPort: number): Promise<number> {
    return this.#proxy(targetPort, (beginning) => {
      const from = dialledBy(beginning)
      return from === null ? null : this.peers(from, replica)
    })
  }

  apiPort(replica: number, targetPort: number): Promise<number> {
    return this.#proxy(targetPort, (beginning) => {
      const from = hostThatAsks(beginning)
      if (from === null) return null
      return from === 'nobody' ? this.of('api', replica) : this.host(from, replica)
    })
  }

  postgresPort(replica: number, targetPort: number): Promise<number> {
    return this.port(this.of('postgres', replica), targetPort)
  }

  natsPort(replica: number, targetPort: number): Promise<number> {
    return this.port(this.of('nats', replica), targetPort)
  }

  callersNatsPort(targetPort: number): Promise<number> {
    return this.port(this.#line('nats callers'), targetPort)
  }

  /** @returns the port by which the line is reached */
  port(line: Line, targetPort: number): Promise<number> {
    return this.#proxy(targetPort, () => line)
  }

  async #proxy(targetPort: number, lineOf: (beginning: Buffer) => Line | null): Promise<number> {
    const port = await freePort()
    const proxy = await TcpProxy.start({ port, targetPort, lineOf })
    this.#owner.onTestFinished(() => proxy.close())
    return port
  }

  #line(name: string): Line {
    const known = this.#lines.get(name) ?? new Line(name)
    this.#lines.set(name, known)
    return known
  }
}
