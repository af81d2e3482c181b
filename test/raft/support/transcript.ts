/**
 * Transcripts as tests: text files with commands after `>` and, below each, what is expected to
 * happen. Comments begin with `#`. With BERTH_REWRITE=1 the files are written anew with what did
 * happen, to be read before they are committed.
 *
 * Commands name replicas by number. `test/raft/core/transcripts/README.md` lists them.
 */
import {
  type ConfigurationProposal,
  type Entry,
  emptyConfiguration,
  type MemberChange,
  type Message,
  type Proposed,
  plainConfiguration,
  type ReplicaId,
  type Transition,
} from '../../../src/raft/core/index.js'
import { describeConfiguration, describeEntry, describePeer, describeStatus } from './describe.js'
import { type Disk, emptyDisk, type ReplicaOptions } from './replica.js'
import { TranscriptCluster } from './transcript-cluster.js'

/** Words that are not `name=value`, and those that are. */
interface Args {
  readonly words: readonly string[]
  readonly named: ReadonlyMap<string, string>
}

type Command = (cluster: TranscriptCluster, args: Args) => readonly string[]

function parseArgs(text: readonly string[]): Args {
  const words = text.filter((word) => !word.includes('='))
  const named = text.filter((word) => word.includes('=')).map((word) => word.split('='))
  return { words, named: new Map(named as [string, string][]) }
}

function idOf({ words }: Args, place = 0): ReplicaId {
  const id = Number(words[place])
  if (!Number.isSafeInteger(id) || id <= 0) throw new Error('a replica must be named')
  return id
}

function idsOf(args: Args, cluster: TranscriptCluster): ReplicaId[] {
  return args.words.length === 0 ? cluster.ids : args.words.map(Number)
}

function numbers(text: string | undefined): number[] {
  return text === undefined || text === '' ? [] : text.split(',').map(Number)
}

/** Scenarios begin without pre-vote and quorum check, unless they ask for them. */
const quietOptions = { preVote: false, checkQuorum: false, electionTimeoutTicks: 3 }

function optionsOf(id: ReplicaId, { named }: Args): Omit<ReplicaOptions, 'random'> {
  const options: Record<string, unknown> = { id, ...quietOptions }
  for (const [name, value] of named) {
    if (name === 'on') for (const option of value.split(',')) options[option] = true
    else if (/^[a-z]+[A-Z]/.test(name)) options[name] = Number(value)
  }
  return options as unknown as Omit<ReplicaOptions, 'random'>
}

function diskOf({ named }: Args): Disk {
  const terms = numbers(named.get('terms'))
  const encoder = new TextEncoder()
  const entries = terms.map((term, i): Entry => {
    const data = encoder.encode(`e${i + 1}`)
    return { index: i + 1, term, kind: 'command', data }
  })
  const term = Number(named.get('term') ?? terms[terms.length - 1] ?? 0)
  const commit = Number(named.get('commit') ?? 0)
  const vote = Number(named.get('vote') ?? 0)
  return { ...emptyDisk, hardState: { term, vote, commit }, entries }
}

function addReplicas(ids: readonly ReplicaId[], args: Args, cluster: TranscriptCluster): string[] {
  const { named } = args
  const voters = named.has('voters') ? numbers(named.get('voters')) : ids
  const learners = numbers(named.get('learners'))
  const initial = voters.length === 0 ? emptyConfiguration : plainConfiguration(voters, learners)
  for (const id of ids) cluster.add(optionsOf(id, args), initial, diskOf(args))
  return [describeConfiguration(initial)]
}

const changeKinds = { '+': 'voter', '~': 'learner', '-': 'remove' } as const

function proposalOf({ words }: Args): ConfigurationProposal {
  const context = new Uint8Array()
  const changes: MemberChange[] = []
  let transition: Transition = 'auto'
  for (const word of words.slice(1)) {
    const kind = changeKinds[word[0] as keyof typeof changeKinds]
    if (kind === undefined) transition = word as Transition
    else changes.push({ kind, id: Number(word.slice(1)) })
  }
  return { kind: 'change', transition, changes, context }
}

function proposed(outcome: Proposed): string[] {
  if (outcome.kind === 'accepted') return [`accepted as ${outcome.index}/${outcome.term}`]
  const { reason, detail } = outcome
  return [detail === reason ? `refused: ${reason}` : `refused: ${reason} (${detail})`]
}

function refusalOr(done: string, refusal: string | null): string[] {
  return [refusal === null ? done : `refused: ${refusal}`]
}

function filterOf({ words, named }: Args): (message: Message) => boolean {
  const to = words.map(Number)
  const from = numbers(named.get('from'))
  const kind = named.get('kind')
  const type = named.get('not')
  return (message) =>
    (to.length === 0 || to.includes(message.to)) &&
    (from.length === 0 || from.includes(message.from)) &&
    (kind === undefined || message.kind === kind) &&
    (type === undefined || message.kind !== type)
}

function repeated(args: Args, once: () => readonly string[]): string[] {
  const count = Number(args.named.get('times') ?? 1)
  return Array.from({ length: count }, once).flat()
}

const encoder = new TextEncoder()

const commands: Readonly<Record<string, Command>> = {
  replicas: (cluster, args) => {
    const ids = Array.from({ length: Number(args.words[0]) }, (_, i) => i + 1)
    return addReplicas(ids, args, cluster)
  },
  replica: (cluster, args) => addReplicas([idOf(args)], args, cluster),
  chance: (cluster, args) => {
    cluster.chance.set(idOf(args), Number(args.words[1]))
    return []
  },
  tick: (cluster, args) => {
    const { raft } = cluster.get(idOf(args))
    for (let left = Number(args.words[1] ?? 1); left > 0; left -= 1) raft.tick()
    return []
  },
  campaign: (cluster, args) => refusalOr('begun', cluster.get(idOf(args)).raft.campaign()),
  forget: (cluster, args) => refusalOr('forgotten', cluster.get(idOf(args)).raft.forgetLeader()),
  transfer: (cluster, args) =>
    refusalOr('begun', cluster.get(idOf(args)).raft.transferLeader(idOf(args, 1))),
  propose: (cluster, args) =>
    args.words
      .slice(1)
      .flatMap((word) => proposed(cluster.get(idOf(args)).raft.propose(encoder.encode(word)))),
  change: (cluster, args) =>
    proposed(cluster.get(idOf(args)).raft.proposeConfChange(proposalOf(args))),
  leave: (cluster, args) => {
    const leave = { kind: 'leave', context: new Uint8Array() } as const
    return proposed(cluster.get(idOf(args)).raft.proposeConfChange(leave))
  },
  read: (cluster, args) => {
    const asked = cluster.get(idOf(args)).raft.readIndex()
    return [asked.kind === 'accepted' ? `read ${asked.read}` : `refused: ${asked.reason}`]
  },
  heartbeat: (cluster, args) => [`round ${cluster.get(idOf(args)).raft.heartbeat()}`],
  mute: (cluster, args) => {
    cluster.get(idOf(args)).raft.mute(args.words[1] !== 'off')
    return []
  },
  unreachable: (cluster, args) => {
    cluster.get(idOf(args)).raft.reportUnreachable(idOf(args, 1))
    return []
  },
  report: (cluster, args) => {
    cluster.get(idOf(args)).raft.reportSnapshot(idOf(args, 1), args.words[2] === 'ok')
    return []
  },
  snapshot: (cluster, args) => {
    const keep = Number(args.named.get('keep') ?? 0)
    const meta = cluster.get(idOf(args)).takeSnapshot(keep)
    return [meta === null ? 'nothing new' : `snapshot ${meta.index}/${meta.term}`]
  },
  crash: (cluster, args) => cluster.crash(idOf(args), Number(args.named.get('synced') ?? 0)),
  output: (cluster, args) => idsOf(args, cluster).flatMap((id) => cluster.output(id)),
  write: (cluster, args) => repeated(args, () => cluster.write(idOf(args))),
  apply: (cluster, args) => idsOf(args, cluster).flatMap((id) => cluster.apply(id)),
  deliver: (cluster, args) => cluster.deliver(filterOf(args)),
  drop: (cluster, args) => cluster.drop(filterOf(args)),
  settle: (cluster, args) => cluster.settle(idsOf(args, cluster)),
  status: (cluster, args) =>
    idsOf(args, cluster).map((id) => describeStatus(cluster.get(id).raft.status())),
  peers: (cluster, args) => cluster.get(idOf(args)).raft.status().peers.map(describePeer),
  configuration: (cluster, args) => [
    describeConfiguration(cluster.get(idOf(args)).raft.configuration),
  ],
  log: (cluster, args) => {
    const { raft } = cluster.get(idOf(args))
    return raft.entries(1, Number.MAX_SAFE_INTEGER).map(describeEntry)
  },
}

/** Runs the commands of a transcript. Returns it with what really happened below each. */
export function runTranscript(text: string): string {
  const cluster = new TranscriptCluster()
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line.trim() === '') {
      if (!(line === '' && lines[lines.length - 1] === '')) lines.push(line)
      continue
    }
    if (!line.startsWith('>')) continue
    lines.push(line)
    const words = line.slice(1).trim().split(/\s+/)
    const quiet = words[0] === 'quietly'
    const [command, ...args] = quiet ? words.slice(1) : words
    const run = commands[command ?? '']
    if (run === undefined) throw new Error(`unknown command: ${line}`)
    const happened = run(cluster, parseArgs(args))
    if (!quiet) lines.push(...happened)
  }
  return `${lines.join('\n').trimEnd()}\n`
}
