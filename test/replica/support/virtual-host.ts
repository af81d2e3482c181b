/** A host with a real sidecar machine, attached to replicas in memory. It never lets go late. */
import type { Stamp } from '../../../src/sidecar/clock.js'
import { SidecarMachine } from '../../../src/sidecar/machine.js'
import type { FenceOrder } from '../../../src/sidecar/ports.js'
import { levels } from '../../../src/versions/levels.js'
import type { HostMessage, ReplicaMessage } from '../../../src/wire/messages.js'
import { exact } from '../../support/exact-messages.js'
import { secretOf } from '../../support/secrets.js'
import type { MachineCluster, MemoryReplica, SessionEnd } from './machine-cluster.js'

const tickMs = 20

export class VirtualHost implements SessionEnd {
  readonly name: string
  readonly machine: SidecarMachine
  readonly fences: FenceOrder[] = []
  /** Sessions that were opened so far. */
  sessions = 0
  /** What it was told, in order. */
  readonly heard: ReplicaMessage[] = []
  readonly #check: (message: HostMessage) => unknown
  readonly #cluster: MachineCluster
  #session: { readonly id: string; readonly replica: MemoryReplica } | null = null

  /**
   * @param first id of the replica that it tries first
   * @param known feature levels of its build
   * @param check of what it says; throws
   */
  constructor(
    cluster: MachineCluster,
    name: string,
    first: number,
    types = ['Order'],
    known = levels,
    check: (message: HostMessage) => unknown = exact.hostMessage,
  ) {
    this.#cluster = cluster
    this.#check = check
    this.name = name
    const urls = [...cluster.replicas.values()].map(({ url }) => url)
    const preferred = cluster.replica(first).url
    const instance = `00000000-0000-4000-a000-${name.replaceAll(/\D/g, '').padStart(12, '0')}`
    this.machine = new SidecarMachine(
      {
        replicas: [preferred, ...urls.filter((url) => url !== preferred)],
        ...{ namespace: 'default', instance, secret: secretOf(instance), staleTableMs: 60_000 },
        host: { name, appId: 'app', types },
      },
      { ...cluster.context, levels: known },
      {
        random: () => 0,
        verify: () => false,
        read: { order: () => null, pulse: () => null, answer: () => null },
        open: (url) => this.#open(url),
        close: () => this.#close(),
        send: (message) => this.#send(message),
        listen: () => undefined,
        ask: exact.get,
        release: (_keys, token) => cluster.after(1, () => this.machine.released(token, this.stamp)),
        fence: (order) => {
          this.fences.push(order)
          cluster.after(1, () => this.machine.stopped(order, this.stamp))
        },
        changed: () => undefined,
      },
    )
    this.#tick()
  }

  get stamp(): Stamp {
    return { monotonicMs: this.#cluster.nowMs, bootMs: this.#cluster.nowMs }
  }

  get state() {
    return this.machine.state(this.stamp)
  }

  get replica(): MemoryReplica | undefined {
    return this.#session?.replica
  }

  owns(type: string, id: string): boolean {
    return this.machine.owns(type, id, this.stamp)
  }

  message(session: string, message: ReplicaMessage): void {
    this.#cluster.after(1, () => {
      if (this.#session?.id !== session) return
      this.heard.push(message)
      this.machine.message(message, this.stamp)
    })
  }

  closed(session: string): void {
    // What was said before the close arrives before it.
    this.#cluster.after(1, () => {
      if (this.#session?.id !== session) return
      this.#session = null
      this.machine.closed(this.stamp)
    })
  }

  #tick(): void {
    this.#cluster.after(tickMs, () => {
      this.machine.tick(this.stamp)
      this.#tick()
    })
  }

  #open(url: string): void {
    const replica = this.#cluster.up.find((each) => each.url === url)
    this.#cluster.after(1, () => {
      if (replica?.isUp !== true) return this.machine.closed(this.stamp)
      this.sessions += 1
      const id = `${this.name}/${this.sessions}`
      this.#session = { id, replica }
      replica.ends.set(id, this)
      replica.machine.hostOpened(id)
      this.machine.opened(this.stamp)
    })
  }

  #close(): void {
    const session = this.#session
    this.#session = null
    if (session === null) return
    session.replica.ends.delete(session.id)
    if (session.replica.isUp) session.replica.machine.hostClosed(session.id, this.#cluster.now)
  }

  #send(message: HostMessage): void {
    const session = this.#session
    this.#check(message)
    this.#cluster.after(1, () => {
      if (session?.replica.isUp !== true) return
      session.replica.machine.hostSaid(session.id, message, this.#cluster.now)
    })
  }
}
