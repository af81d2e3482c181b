/**
 * Very many hosts that cost little: each says hello, heartbeats every 2.5 seconds and acknowledges
 * orders at once, without a table of its own. They hear all that is published over NATS.
 */
import type {
  Hello,
  HostMessage,
  Order,
  Pulse,
  ReplicaMessage,
} from '../../../src/wire/messages.js'
import { secretOf } from '../../support/secrets.js'
import { versions } from '../../support/versions.js'
import type { MachineCluster, MemoryReplica, SessionEnd } from './machine-cluster.js'

const heartbeatMs = 2_500
/** Hosts of a share speak at the same instant; there are so many shares in a period. */
const shares = 100

interface LightHost {
  readonly number: number
  readonly hello: Hello
  session: string | null
  replica: MemoryReplica | null
  sessions: number
  heartbeats: number
  lineage: string
  epoch: number
  acknowledged: { readonly term: number; readonly generation: number; readonly digest: string }
}

export class LightHosts implements SessionEnd {
  /** Hosts that were told to stop. */
  readonly fenced = new Set<string>()
  readonly #cluster: MachineCluster
  readonly #typesOf: (host: number) => readonly string[]
  readonly #hosts: LightHost[] = []
  readonly #bySession = new Map<string, LightHost>()
  #share = 0
  /** Hosts that there were so far. */
  #count = 0

  /** @param typesOf what a host offers, by its number from 0 on */
  constructor(cluster: MachineCluster, typesOf: (host: number) => readonly string[]) {
    this.#cluster = cluster
    this.#typesOf = typesOf
    this.#beat()
  }

  get welcomed(): number {
    return this.#hosts.filter(({ epoch }) => epoch > 0).length
  }

  /** So many more say hello, each at one of the replicas that are up. */
  join(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const number = this.#count
      this.#count += 1
      const instance = `00000000-0000-4000-a000-${String(number).padStart(12, '0')}`
      const hello: Hello = {
        ...{ kind: 'hello', ...versions, namespace: 'default', instance },
        ...{ secret: secretOf(instance), appId: 'app', types: [...this.#typesOf(number)] },
        name: `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}:5000`,
      }
      const nothing = { session: null, replica: null, sessions: 0, heartbeats: 0, lineage: '' }
      const acknowledged = { term: 0, generation: 0, digest: '0'.repeat(43) }
      const host: LightHost = { number, hello, ...nothing, epoch: 0, acknowledged }
      this.#hosts.push(host)
      this.#attach(host)
    }
  }

  /** The first of them say nothing any more, and their sessions stay as they are. */
  silence(count: number): void {
    for (const host of this.#hosts.splice(0, count)) this.#bySession.delete(host.session ?? '')
  }

  /** From NATS. */
  published(message: Order | Pulse): void {
    if (message.kind !== 'update') return
    const { term, change } = message
    const acknowledged = { term, generation: change.to, digest: change.digest }
    this.#each((host) => this.#acknowledge(host, acknowledged))
  }

  message(session: string, message: ReplicaMessage): void {
    const host = this.#bySession.get(session)
    if (host === undefined) return
    switch (message.kind) {
      case 'welcome': {
        host.lineage = message.lineage
        host.epoch = message.epoch
        const { term, disseminated, round } = message
        host.acknowledged = { term, ...disseminated }
        if (round === undefined) return
        const { to: generation, digest } = round.change
        this.#later(host, { term: round.term, generation, digest })
        return
      }
      case 'update': {
        const { to: generation, digest } = message.change
        this.#later(host, { term: message.term, generation, digest })
        return
      }
      case 'fence':
        this.fenced.add(host.hello.name!)
        return
      default:
    }
  }

  closed(session: string): void {
    const host = this.#bySession.get(session)
    this.#bySession.delete(session)
    if (host !== undefined) this.#cluster.after(10, () => this.#attach(host))
  }

  #attach(host: LightHost): void {
    const up = this.#cluster.up
    const replica = up[host.number % up.length]!
    host.sessions += 1
    const session = `${host.number}/${host.sessions}`
    host.session = session
    host.replica = replica
    this.#bySession.set(session, host)
    replica.ends.set(session, this)
    replica.input('hostOpened', (machine) => machine.hostOpened(session))
    const { lineage, epoch, acknowledged, heartbeats: number } = host
    const { generation, digest } = acknowledged
    const held = { generation, digest }
    const resume = epoch === 0 ? {} : { resume: { lineage, epoch, number, acknowledged, held } }
    this.#say(host, { ...host.hello, ...resume })
  }

  #acknowledge(host: LightHost, acknowledged: LightHost['acknowledged']): void {
    if (host.epoch === 0) return
    host.acknowledged = acknowledged
    this.#heartbeat(host)
  }

  #later(host: LightHost, acknowledged: LightHost['acknowledged']): void {
    this.#cluster.after(1, () => this.#acknowledge(host, acknowledged))
  }

  #heartbeat(host: LightHost): void {
    host.heartbeats += 1
    const { lineage, epoch, heartbeats: number, acknowledged } = host
    this.#say(host, { kind: 'heartbeat', lineage, epoch, number, acknowledged, listening: true })
  }

  #say(host: LightHost, message: HostMessage): void {
    const { session, replica } = host
    if (session === null || replica?.isUp !== true) return
    replica.input(message.kind, (machine, now) => machine.hostSaid(session, message, now))
  }

  /** All hosts, in shares one after the other within 100 ms. */
  #each(act: (host: LightHost) => void): void {
    for (let share = 0; share < shares; share += 1) {
      this.#cluster.after(1 + share, () => this.#ofShare(share, act))
    }
  }

  #ofShare(share: number, act: (host: LightHost) => void): void {
    for (const host of this.#hosts) if (host.number % shares === share) act(host)
  }

  #beat(): void {
    this.#cluster.after(heartbeatMs / shares, () => {
      this.#share = (this.#share + 1) % shares
      this.#ofShare(this.#share, (host) => this.#heartbeat(host))
      this.#beat()
    })
  }
}
