/** A host with a real sidecar machine, attached to replicas in memory. It never lets go late. */
import { Budget } from '../../../src/jobs/job.js'
import type { Stamp } from '../../../src/sidecar/clock.js'
import type { SidecarEffect, Stop } from '../../../src/sidecar/effect.js'
import { SidecarMachine } from '../../../src/sidecar/machine.js'
import { levels } from '../../../src/versions/levels.js'
import type { HostMessage, ReplicaMessage } from '../../../src/wire/messages.js'
import { exact } from '../../support/exact-messages.js'
import { secretOf } from '../../support/secrets.js'
import type { MachineCluster, MemoryReplica, SessionEnd } from './machine-cluster.js'

const tickMs = 20
/** Long work takes no time here. */
const endless = new Budget(Number.POSITIVE_INFINITY)

/** NATS is away. */
function no(): never {
  throw new Error('nothing comes over NATS')
}

export class VirtualHost implements SessionEnd {
  readonly name: string
  readonly machine: SidecarMachine
  readonly fences: Stop[] = []
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
      { random: () => 0, verify: () => false, read: { order: no, pulse: no, answer: no } },
    )
    this.#tick()
  }

  get stamp(): Stamp {
    return { monotonicMs: this.#cluster.nowMs, bootMs: this.#cluster.nowMs }
  }

  /** An input of the machine, and what it wants done. */
  tell(act: (machine: SidecarMachine, now: Stamp) => void): void {
    act(this.machine, this.stamp)
    for (const effect of this.machine.takeEffects()) this.#do(effect)
    if (this.machine.hasWork) this.tell((machine, now) => machine.work(now, endless))
  }

  #do(effect: SidecarEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#open(effect.url)
        return
      case 'disconnect':
        this.#close()
        return
      case 'send':
        this.#send(effect.message)
        return
      case 'request':
        exact.get(effect.get)
        return
      case 'let-go': {
        const { release } = effect
        this.#cluster.after(1, () => this.tell((machine, now) => machine.released(release, now)))
        return
      }
      case 'stop': {
        this.fences.push(effect)
        const { fence } = effect
        this.#cluster.after(1, () => this.tell((machine, now) => machine.stopped(fence, now)))
        return
      }
      case 'subscribe':
      case 'changed':
      case 'log':
        return
      default:
        effect satisfies never
    }
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
      this.tell((machine, now) => machine.message(message, now))
    })
  }

  closed(session: string): void {
    // What was said before the close arrives before it.
    this.#cluster.after(1, () => {
      if (this.#session?.id !== session) return
      this.#session = null
      this.tell((machine, now) => machine.closed(now))
    })
  }

  #tick(): void {
    this.#cluster.after(tickMs, () => {
      this.tell((machine, now) => machine.tick(now))
      this.#tick()
    })
  }

  #open(url: string): void {
    const replica = this.#cluster.up.find((each) => each.url === url)
    this.#cluster.after(1, () => {
      if (replica?.isUp !== true) return this.tell((machine, now) => machine.closed(now))
      this.sessions += 1
      const id = `${this.name}/${this.sessions}`
      this.#session = { id, replica }
      replica.ends.set(id, this)
      replica.machine.hostOpened(id)
      this.tell((machine, now) => machine.opened(now))
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
