/**
 * The composition root: one replica as a process, with its database, peers, NATS, REST and
 * WebSocket around the machine. Owns all sockets and timers; decides nothing.
 */
import { randomInt, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { createApi } from '../../api/create-api.js'
import { NatsLink } from '../../broadcast/nats-link.js'
import { createSigner, type Signer } from '../../broadcast/signing.js'
import { BerthError } from '../../errors/berth-error.js'
import { messageOf } from '../../errors/message-of.js'
import type { Instant } from '../../fsm/instant.js'
import { createHasher } from '../../hash/hasher.js'
import { LimitedLog } from '../../log/limited-log.js'
import { reportWait } from '../../log/wait-report.js'
import { patienceMsDefault } from '../../network/name-lookup.js'
import { processNames } from '../../network/process-names.js'
import { readBuildVersion } from '../../process/build-version.js'
import type { StorageOperation } from '../../raft/node/disk/storage.js'
import type { StopReason } from '../../raft/node/node-ports.js'
import type { PeerTls, PeerTransport } from '../../raft/peers/transport-options.js'
import { type LogStore, openLogStore } from '../../raft/store/log-store.js'
import { createTableContext, type TableContext } from '../../table/table-context.js'
import { createChecks } from '../../wire/validate.js'
import { createFrameCheck } from '../machine/frames.js'
import { ReplicaMachine } from '../machine/replica-machine.js'
import type { ReplicaOptions, ReplicaPorts } from '../machine/replica-ports.js'
import { applicationName, type ReplicaConfiguration } from '../settings/configuration.js'
import { createApiPort } from './api-port.js'
import { createMetrics, type ReplicaMetrics } from './metrics.js'
import { Callers, peerAddresses } from './peer-addresses.js'
import { openPeerLink, sendFrame } from './peer-link.js'
import { checkPorts, readPeerTls } from './preflight.js'
import { SessionHub } from './session-hub.js'
import { roundMs, Timers } from './timers.js'

export interface RunningReplica {
  /** Settles when the replica has stopped by itself: why. */
  readonly stopped: Promise<StopReason>
  /** Sends everybody elsewhere, hands leadership over, and closes. */
  stop(): Promise<void>
}

/** A log of this size since the last snapshot asks for the next one, in bytes. */
const snapshotBytes = 64 * 1024 * 1024
/** A leader that stops waits this long for another one to take over, in ms. */
const handOverMs = 2_000
/**
 * Connections that the kernel holds while this process is busy, if it allows so many: the hosts of
 * a replica that died come all at once, and whom it drops tries again only after a second.
 */
const listenBacklog = 4_096

const now = (): Instant => ({ monotonicMs: performance.now(), wallMs: Date.now() })

/** @param signal ends the start while it waits @throws BerthError one line that says what to do */
export async function runReplica(
  configuration: ReplicaConfiguration,
  log: Logger,
  signal: AbortSignal,
): Promise<RunningReplica> {
  const replica = new ReplicaProcess(configuration, log)
  try {
    await replica.start(signal)
  } catch (error) {
    await replica.close()
    throw error
  }
  return replica
}

/** What the ports of the machine act on. */
interface Surroundings {
  readonly store: LogStore
  readonly nats: NatsLink
  readonly sessions: SessionHub
  readonly context: TableContext
}

class ReplicaProcess implements RunningReplica {
  readonly stopped: Promise<StopReason>
  readonly #configuration: ReplicaConfiguration
  readonly #log: Logger
  readonly #metrics: ReplicaMetrics = createMetrics()
  readonly #timers: Timers
  #resolveStopped: (reason: StopReason) => void = () => undefined
  #store: LogStore | null = null
  #machine: ReplicaMachine | null = null
  #peers: PeerTransport | null = null
  #nats: NatsLink | null = null
  #api: FastifyInstance | null = null
  #sessions: SessionHub | null = null
  readonly #callers = new Callers()
  /** Messages to other replicas that were longer than these take: nothing said here should be. */
  readonly #oversized = { count: 0 }
  readonly #oversizedLog: LimitedLog
  #commitMs: number | null = null
  /** Why the database is of no use any more. */
  #storageFault: BerthError | null = null
  #isDialling = false

  constructor(configuration: ReplicaConfiguration, log: Logger) {
    this.#configuration = configuration
    this.#log = log
    this.#oversizedLog = new LimitedLog(log)
    this.#timers = new Timers(now, log, () => {
      const peers = this.#peers?.status() ?? []
      return { unreachable: peers.filter(({ connected }) => !connected).map(({ id }) => id) }
    })
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve
    })
  }

  async start(signal: AbortSignal): Promise<void> {
    const configuration = this.#configuration
    const tls = readPeerTls(configuration, new Date())
    // Making the API takes CPU: before anything is open that would wait for it.
    this.#api = await this.#makeApi()
    await checkPorts(configuration)
    const { store, state: stored } = await openLogStore({
      url: configuration.postgresUrl,
      schema: configuration.postgresSchema,
      applicationName: applicationName(configuration),
      allowUnsafeFsync: configuration.allowUnsafeFsync,
      retention: { days: configuration.eventDays, rows: configuration.eventRows },
      lookup: processNames.within(patienceMsDefault),
      log: this.#log,
      signal,
      onFatal: (error) => {
        this.#storageFault = error
        this.#resolveStopped({ code: error.code, detail: error.message })
      },
    })
    this.#store = store
    const signer = createSigner()
    const context = createTableContext(await createHasher())
    const run = randomInt(2 ** 47)
    const nats = this.#makeNats(signer)
    const sessions = new SessionHub(run, now)
    this.#nats = nats
    this.#sessions = sessions
    const options = replicaOptions(configuration, signer.publicKey, run)
    const ports = this.#ports({ store, nats, sessions, context })
    const machine = new ReplicaMachine(options, stored, context, ports, now())
    this.#machine = machine
    this.#timers.attach(machine)
    sessions.attach(machine)
    await this.#open(machine, nats, tls)
    machine.start(now())
    this.#timers.startTicks(machine, configuration.tickMs)
  }

  async stop(): Promise<void> {
    const machine = this.#machine
    this.#sessions?.stop()
    if (machine !== null) {
      machine.stop(now())
      await this.#waitFor('another leader', handOver(machine))
    }
    await this.close()
  }

  /** Closes whatever is open, in the order in which others notice. */
  async close(): Promise<void> {
    // Whoever waits for an answer is told first: the API closes once all are answered. And the
    // others hear why, if it is the database: only now, for a leader without one still hands over.
    const fault = this.#storageFault
    this.#read((node, at) => (fault === null ? node.close() : node.storageLost(fault, at)))
    this.#timers.stopTicks()
    await this.#waitFor('answers that are on their way', this.#api?.close())
    this.#timers.stop()
    await this.#waitFor('NATS, to take what was published', this.#nats?.close())
    await this.#waitFor('the end of connections to peers', this.#peers?.close())
    this.#oversizedLog.end()
    await this.#waitFor('Postgres, to finish', this.#store?.close())
  }

  async #waitFor(what: string, ending: PromiseLike<void> | undefined): Promise<void> {
    await reportWait(this.#log, what, Promise.resolve(ending))
  }

  // ---- the parts -----------------------------------------------------------------------------

  #makeNats(signer: Signer): NatsLink {
    const { natsUrl: servers, cluster, id } = this.#configuration
    const options = { replica: id, servers, cluster, name: `berth replica ${id}`, options: {} }
    return new NatsLink(options, signer, createChecks(), this.#log, {
      changed: (isUp, forbids) => opened(this.#machine).natsChanged(isUp, forbids),
      get: (namespace, get) => opened(this.#machine).tableFor(namespace, get),
      has: (namespace) => opened(this.#machine).state.namespace(namespace) !== undefined,
    })
  }

  #ports({ store, nats, sessions, context }: Surroundings): ReplicaPorts {
    const log = this.#log
    return {
      store: (operation) => void this.#run(store, operation),
      readChunk: (snapshot, chunk) => {
        store.readChunk(snapshot, chunk).then(
          (bytes) => this.#read((node, at) => node.chunkRead(snapshot, chunk, bytes, at)),
          (error) =>
            this.#read((node, at) => node.chunkRead(snapshot, chunk, toBerthError(error), at)),
        )
      },
      crc32c: (bytes) => context.hasher.crc32c(bytes),
      random: (bound) => randomUpTo(bound),
      stop: (reason) => this.#resolveStopped(reason),
      log: (level, fields, message) => log[level](fields, message),
      wake: () => {
        setImmediate(() => this.#machine?.work(now()))
      },
      send: (to, frame) => {
        if (this.#peers === null) return
        sendFrame(this.#peers, to, frame, (kind, bytes) => {
          this.#oversized.count += 1
          const text = 'A message to another replica is longer than it takes, and was lost.'
          this.#oversizedLog.add('error', { peer: to, kind, bytes }, text)
        })
      },
      greet: (peer) => this.#peers?.redial(peer),
      publish: (message) => nats.publish(message),
      tell: (ids, message) => sessions.tell(ids, message),
      closeSession: (session, code, reason) => sessions.close(session, code, reason),
      database: () => ({ version: store.status.version, commitMs: this.#commitMs }),
      uuid: () => randomUUID(),
      replicasChanged: () => this.#dialSoon(),
      flushAt: (atMs) => this.#timers.flushAt(atMs),
    }
  }

  async #open(machine: ReplicaMachine, nats: NatsLink, tls: PeerTls | undefined): Promise<void> {
    const configuration = this.#configuration
    const log = this.#log
    this.#peers = await openPeerLink(
      { configuration, tls, machine, callers: this.#callers, check: createFrameCheck(), log },
      {
        called: () => this.#dial(machine),
        connected: (peer) => this.#read((node, at) => node.connected(peer, at)),
        refused: (peer, code, detail) =>
          this.#read((node, at) => node.refused(peer, code, detail, at)),
        unreachable: (id) => machine.unreachable(id, now()),
        together: (read) => machine.together(now(), read),
        nodeFrame: (from, run, frame) =>
          this.#read((node, at) => node.receive(from, run, frame, at)),
        replicaFrame: (from, run, frame) => machine.receive(from, run, frame, now()),
      },
    )
    // Somebody may have called before there was a transport to answer by.
    this.#dial(machine)
    const { host, port } = configuration.listen
    try {
      await opened(this.#api).listen({ host, port, backlog: listenBacklog })
    } catch (cause) {
      const reason = messageOf(cause)
      const detail = `--listen ${host}:${port} cannot be opened: ${reason}`
      throw new BerthError('unavailable', detail, { cause })
    }
    nats.start()
    const nowMs = () => now().monotonicMs
    const oversized = this.#oversized
    this.#metrics.measure({ machine, nats, peers: this.#peers, oversized, nowMs })
    const { apiUrl, peerAddress, insecure } = configuration
    const access = insecure ? 'everybody who reaches it' : 'this machine only: no credentials'
    const peerAccess = tls === undefined ? access : 'replicas with a certificate'
    log.info({ api: apiUrl, access, peer: peerAddress, peerAccess }, 'listening')
  }

  /** Not at once: one that has just been removed may be about to get its last answer. */
  #dialSoon(): void {
    if (this.#isDialling) return
    this.#isDialling = true
    setImmediate(() => {
      this.#isDialling = false
      if (this.#machine !== null) this.#dial(this.#machine)
    })
  }

  /** Connects to the replicas that there are now. */
  #dial(machine: ReplicaMachine): void {
    this.#peers?.setPeers(peerAddresses(this.#configuration, machine, this.#callers))
  }

  /** The API asks the parts that there will be once it listens. */
  #makeApi(): Promise<FastifyInstance> {
    const { apiUrl, aliases, connectionsPerAddress } = this.#configuration
    const port = createApiPort({
      machine: () => opened(this.#machine),
      store: () => opened(this.#store),
      sessions: () => opened(this.#sessions),
      peers: () => opened(this.#peers),
      now,
      soon: (act) => setTimeout(act, roundMs),
    })
    const names = { advertised: [apiUrl], aliases }
    const httpLimits = { connectionsPerAddressMax: connectionsPerAddress }
    const { registry } = this.#metrics
    return createApi({ port, log: this.#log, registry, names, httpLimits })
  }

  async #run(store: LogStore, operation: StorageOperation): Promise<void> {
    const startedAtMs = performance.now()
    let error: BerthError | null = null
    try {
      await store.run(operation)
    } catch (cause) {
      error = toBerthError(cause)
    }
    if (operation.kind === 'append') {
      this.#commitMs = performance.now() - startedAtMs
      this.#metrics.writeSeconds.observe(this.#commitMs / 1_000)
    }
    this.#read((node, at) => node.stored(error, at))
  }

  #read(act: (node: ReplicaMachine['node'], nowMs: number) => void): void {
    const at = now()
    this.#machine?.toNode(at, (node) => act(node, at.monotonicMs))
  }
}

/**
 * What the machine is told of the configuration.
 *
 * @param key by which others verify what it signs
 * @param run names this process
 */
function replicaOptions(
  configuration: ReplicaConfiguration,
  key: string,
  run: number,
): ReplicaOptions {
  const { id, cluster, initialVoters, tickMs, electionTicks, heartbeatTicks } = configuration
  const { genesisSettings, timing, peerAddress, apiUrl } = configuration
  return {
    node: {
      id,
      clusterName: cluster,
      initialVoters: initialVoters ?? [],
      tickMs,
      electionTicks,
      heartbeatTicks,
      driftPpm: genesisSettings.driftPpm,
      snapshot: {
        entries: configuration.snapshotEntries,
        intervalMs: configuration.snapshotIntervalMs,
        bytes: snapshotBytes,
      },
      trailingEntries: configuration.trailingEntries,
    },
    genesisSettings,
    timing,
    key,
    run,
    peerAddress,
    apiUrl,
    addresses: { natsServers: configuration.sidecarNatsUrls },
    version: readBuildVersion(),
  }
}

function opened<T>(part: T | null): T {
  if (part === null) throw new BerthError('unavailable', 'This replica is starting.')
  return part
}

/** A leader hands over before it goes, so that nobody waits for an election. */
async function handOver(machine: ReplicaMachine): Promise<void> {
  const at = now()
  if (machine.leadership === null) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, handOverMs)
    machine.toNode(at, (node) =>
      node.transferLeadership(null, at.monotonicMs, () => {
        clearTimeout(timer)
        resolve()
      }),
    )
  })
}

function toBerthError(error: unknown): BerthError {
  if (error instanceof BerthError) return error
  const detail = messageOf(error)
  return new BerthError('internal', detail, { cause: error })
}

/** `randomInt` takes ranges below 2^48. */
function randomUpTo(bound: number): number {
  const rangeMax = 2 ** 47
  if (bound <= rangeMax) return randomInt(bound)
  return (randomInt(rangeMax) * 64 + randomInt(64)) % bound
}
