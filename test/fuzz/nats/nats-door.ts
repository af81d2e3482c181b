/**
 * NATS, where anybody may publish anything on any subject: forged and replayed orders, pulses and
 * answers, requests for tables, and what is none of these. Nobody believes any of it, and whoever
 * asks for a table gets one that a replica has signed, or nothing.
 */
import { connect, createInbox, headers, type Msg, type MsgHdrs, type NatsConnection } from 'nats'
import { createVerify } from '../../../src/sidecar/signature.js'
import { decode } from '../../../src/wire/msgpack.js'
import { createChecks } from '../../../src/wire/validate.js'
import type { Owner } from '../../support/owner.js'
import { RawHost } from '../../support/raw-host.js'
import { type RawNats, rawNats } from '../../support/raw-nats.js'
import { type FuzzCluster, honestNamespace } from '../cluster/fuzz-cluster.js'
import { sharedCluster } from '../cluster/shared-cluster.js'
import type { Door, FuzzCase, OpenDoor } from '../door.js'
import { type Captured, NatsWords, type Publication } from './nats-words.js'

const inputsPerCase = 20
const capturedMax = 100
const answersPerCaseMax = 2_000

export const natsDoor: Door = {
  name: 'nats',
  about: 'forged, replayed and unreadable messages on every subject of the cluster',
  parallel: 2,
  open: async ({ ground, owner }) => {
    const cluster = await sharedCluster(ground)
    const connection = await connect({ servers: [cluster.natsUrl], noEcho: true })
    owner.onTestFinished(() => connection.close())
    return new NatsDoor(cluster, owner, connection, await rawNats(owner, cluster.natsUrl))
  },
}

class NatsDoor implements OpenDoor {
  readonly cluster: FuzzCluster
  readonly #owner: Owner
  readonly #connection: NatsConnection
  readonly #raw: RawNats
  readonly #captured: Captured[] = []
  readonly #checks = createChecks()
  readonly #verify = createVerify()
  /** An observer that hears who leads. */
  #witness: Promise<RawHost> | null = null
  #words: NatsWords | null = null

  constructor(cluster: FuzzCluster, owner: Owner, connection: NatsConnection, raw: RawNats) {
    this.cluster = cluster
    this.#owner = owner
    this.#connection = connection
    this.#raw = raw
    connection.subscribe('>', { callback: (_, message) => this.#capture(message) })
  }

  async run(fuzzCase: FuzzCase): Promise<number> {
    const { random } = fuzzCase
    const words = await this.#learn()
    const inbox = createInbox()
    const answers: Msg[] = []
    const subscription = this.#connection.subscribe(inbox, {
      callback: (_, message) => {
        if (answers.length < answersPerCaseMax) answers.push(message)
      },
    })
    for (let i = 0; i < inputsPerCase; i += 1) {
      const publication = words.any(random, this.#captured, inbox)
      fuzzCase.answer(`published ${publication.kind}`)
      this.#publish(publication)
    }
    await Promise.all([this.#connection.flush(), this.#raw.flush()])
    // Replicas answer what they were asked before this comes round again.
    await this.#askRightly(inbox, answers)
    subscription.unsubscribe()
    for (const answer of answers) await this.#judge(fuzzCase, answer)
    return inputsPerCase
  }

  #publish({ subject, payload, reply, head }: Publication): void {
    if (Buffer.isBuffer(head)) {
      this.#raw.publish(subject, head, payload)
      return
    }
    const options = reply === undefined ? { headers: head } : { headers: head, reply }
    this.#connection.publish(subject, payload, options)
  }

  async #askRightly(inbox: string, answers: readonly Msg[]): Promise<void> {
    const subject = `berth.${this.cluster.name}.${honestNamespace}.get`
    const deadlineMs = performance.now() + 2_000
    const before = answers.length
    this.#connection.publish(subject, NatsWords.get, { reply: inbox })
    // It may be refused, for too many were asked: then nothing comes.
    while (answers.length === before && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Whatever comes to an inbox of ours was said by a replica, and is signed by it. */
  async #judge(fuzzCase: FuzzCase, { data, headers: head }: Msg): Promise<void> {
    const { registry } = (await this.#witness!).welcome
    try {
      const { lineage } = this.#checks.tableAnswer(decode(data))
      const id = Number(head?.get('Replica'))
      const key = registry.replicas.find((replica) => replica.id === id)?.key ?? ''
      const signature = Buffer.from(head?.get('Signature') ?? '', 'base64url')
      const isSigned = this.#verify(key, data, signature)
      fuzzCase.answer(isSigned ? 'a signed answer' : 'an answer of a stranger')
      if (!isSigned) fuzzCase.finding(`an answer, of ${lineage}, that replica ${id} did not sign`)
    } catch (error) {
      fuzzCase.finding(`an answer that cannot be read: ${(error as Error).message}`)
    }
  }

  async #learn(): Promise<NatsWords> {
    if (this.#words !== null) return this.#words
    const { cluster } = this
    const url = `ws://127.0.0.1:${cluster.running[0]!.apiPort}`
    this.#witness ??= RawHost.join(this.#owner, url)
    const witness = await this.#witness
    const { lineage, term } = witness.welcome
    this.#words = new NatsWords({
      cluster: cluster.name,
      namespace: honestNamespace,
      lineage,
      term,
    })
    return this.#words
  }

  /** What the cluster itself says: a few of each kind, the newest. */
  #capture({ subject, data, headers: head, reply }: Msg): void {
    if (data.length === 0 || !/^(berth\.|_INBOX\.)/.test(subject)) return
    this.#captured.push({
      ...{ subject, payload: Uint8Array.from(data), reply },
      head: copyOf(head),
    })
    if (this.#captured.length > capturedMax) this.#captured.shift()
  }
}

function copyOf(head: MsgHdrs | undefined): MsgHdrs {
  const copy = headers()
  for (const name of head?.keys() ?? []) copy.set(name, head?.get(name) ?? '')
  return copy
}
