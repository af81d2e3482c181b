/** Bugs that lose or fork what was committed, or answer reads by an old state. */
import { edit, type Mutant, scenario, seeds, seedsWith, transcript } from './mutant.js'

export const safetyMutants: readonly Mutant[] = [
  {
    id: 'S1',
    bug: 'Entries of earlier terms are committed by counting (Raft §5.4.2).',
    edits: [
      edit(
        'core/leader-state.ts',
        'if (index <= before || log.termAt(index) !== this.term) return',
        'if (index <= before) return',
      ),
    ],
    caughtBy: seedsWith('--replicas', '3', '--with', 'struckLeader'),
  },
  {
    id: 'S2',
    bug: 'A new leader proposes a membership change before an entry of its own term is applied.',
    edits: [
      edit(
        'core/leader-state.ts',
        'this.#pendingChangeIndex = termStartIndex',
        'this.#pendingChangeIndex = 0',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S3',
    bug: 'A replica campaigns with committed membership changes that it has not applied.',
    edits: [
      edit(
        'core/election.ts',
        "  if (log.hasConfigurationIn(apply.appliedIndex, log.committedIndex)) return 'change_pending'\n",
        '',
      ),
    ],
    caughtBy: transcript('campaign-unapplied-change'),
  },
  {
    id: 'S4',
    bug: 'Term and vote are written in two steps, of which a crash loses the second.',
    edits: [
      edit(
        'node/disk/write-queue.ts',
        "const operation = { kind: 'append', hardState, entries, identity } as const",
        `const isNew = hardState !== null && hardState.term > this.writtenTerm
    if (hardState !== null) this.writtenTerm = hardState.term
    const written = isNew && entries.length > 0 ? { ...hardState, vote: 0 } : hardState
    const operation = { kind: 'append', hardState: written, entries, identity } as const`,
      ),
      edit(
        'node/disk/write-queue.ts',
        '  #appendsInARow = 0\n  /** Whether',
        '  #appendsInARow = 0\n  writtenTerm = 0\n  /** Whether',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S5',
    bug: 'Votes and acknowledgements leave before they are durable.',
    edits: [
      edit(
        'core/disk-queue.ts',
        'addPromise(this.#waiting, message, this.#beforeSnapshot ?? 0)',
        'this.#ready.push(message)',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S6',
    bug: 'A step-down within the term erases the vote.',
    edits: [
      edit(
        'core/roles.ts',
        'if (term > core.term) beginTerm(core, term, 0)',
        'if (term >= core.term) beginTerm(core, term, 0)',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S7',
    bug: "A rejected probe's hint is taken for a match.",
    edits: [
      edit(
        'core/progress.ts',
        'this.#next = Math.max(Math.min(rejectedIndex, hint + 1), this.#match + 1)',
        `this.#match = Math.max(this.#match, Math.min(rejectedIndex, hint))
    this.#next = this.#match + 1`,
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S8',
    bug: 'The quorum is read off an order of the peers that was worked out earlier.',
    edits: [
      edit(
        'core/quorum.ts',
        'if (ids.length === 0) return Number.POSITIVE_INFINITY',
        `if (ids.length === 0) return Number.POSITIVE_INFINITY
    if (this.middle !== undefined) return acknowledged(this.middle)`,
      ),
      edit(
        'core/quorum.ts',
        'return falling[ids.length >> 1]!\n',
        `this.middle = ids.find((id) => acknowledged(id) === falling[ids.length >> 1])
    return falling[ids.length >> 1]!\n`,
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S9',
    bug: 'A snapshot keeps a membership that is only proposed.',
    edits: [
      edit(
        'core/compaction.ts',
        "import { type CoreState, reportOf } from './core-state.js'",
        `import { type CoreState, reportOf } from './core-state.js'
import { changeConfiguration } from './configuration.js'
import { decodeChange } from './configuration-codec.js'`,
      ),
      edit(
        'core/compaction.ts',
        'return { index, term, configuration }',
        `let proposed = configuration
  for (const entry of log.configurationsIn(index, log.lastIndex)) {
    const change = decodeChange(entry.data)
    const changed = change && changeConfiguration(proposed, change)
    if (changed?.kind === 'changed') proposed = changed.configuration
  }
  return { index, term, configuration: proposed }`,
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S10',
    bug: 'Entries are applied while a snapshot is taking the place of the state.',
    edits: [edit('core/apply-queue.ts', 'log.pendingSnapshot === null &&\n', 'true &&\n')],
    caughtBy: seeds,
  },
  {
    id: 'S10b',
    bug: 'A snapshot that is durable counts as the state while the state machine is behind.',
    edits: [
      edit(
        'core/raft.ts',
        '  installed(token: number): void {\n    completeAppend(this.#core, token)\n',
        '  installed(token: number): void {\n    this.appended(token)\n',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S11',
    bug: 'A short or late append cuts off what follows it, committed or not.',
    edits: [
      edit(
        'core/log.ts',
        'while (known < entries.length && this.has(entries[known]!.index, entries[known]!.term)) {',
        'while (known < 0) {',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S12',
    bug: 'A completed write counts although its entries were cut and written again (ABA).',
    edits: [
      edit(
        'core/disk-queue.ts',
        'append.coversThrough = Math.min(append.coversThrough, index - 1)',
        'append.coversThrough += 0',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S13',
    bug: 'Entries become durable before the term that they belong to.',
    edits: [
      edit(
        'node/disk/write-queue.ts',
        "const operation = { kind: 'append', hardState, entries, identity } as const",
        `const hard = entries.length > 0 ? null : hardState
    const operation = { kind: 'append', hardState: hard, entries, identity } as const`,
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S14',
    bug: "A newer leader's commit index is applied to an entry of an older term.",
    edits: [
      edit(
        'core/replication.ts',
        'const commit = Math.min(peer.match, log.committedIndex)',
        'const commit = log.committedIndex',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S15',
    bug: 'Acknowledgements from before the log was reversed still leave.',
    edits: [
      edit(
        'core/durability.ts',
        'if (message.term >= core.term) core.outbox.send(message)',
        'core.outbox.send(message)',
      ),
    ],
    caughtBy: transcript('async-storage-old-acknowledgement'),
  },
  {
    id: 'S16',
    bug: 'A wiped or restored replica goes on under its old identity.',
    edits: [
      edit(
        'node/identity/peer-judgement.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a text of the source
        "return refuse('identity_lost', `Replica ${replicaId} has lost data: ${reason}. ${advice}`)",
        "return { kind: 'accept' }",
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S17',
    bug: 'The answer to a read-index question of an earlier run is taken for one of this run.',
    edits: [
      edit(
        'core/read-index.ts',
        'if (message.from !== core.leader || message.session !== core.settings.session) return',
        'if (message.from !== core.leader) return',
      ),
    ],
    caughtBy: transcript('read-index-session'),
  },
  {
    id: 'S17b',
    bug: 'A leader answers reads without asking anybody whether it leads still.',
    edits: [
      edit(
        'core/read-index.ts',
        'reads.confirmBy(leadership.requestRound(core.round), core.log.committedIndex)',
        `reads.confirmBy(0, core.log.committedIndex)
      confirmReads(core, 0)`,
      ),
    ],
    // By what clients saw alone: the checker of linearizability must find it.
    caughtBy: seedsWith('--by-history'),
  },
  {
    id: 'S18a',
    bug: 'A lease takes no account of clocks that drift.',
    edits: [
      edit(
        'node/reads/lease.ts',
        'return promisedMs * (1 - (2 * driftPpm) / 1_000_000)',
        'return promisedMs + 0 * driftPpm',
      ),
    ],
    caughtBy: scenario(
      'a lease is as long as the followers promise',
      'test/raft/node/lease.test.ts',
    ),
  },
  {
    id: 'S18b',
    bug: 'Ticks that were missed are made up for, so that a promise of silence ends too early.',
    edits: [
      edit(
        'node/tick-clock.ts',
        'this.#nextTickMs = Math.max(this.#nextTickMs + tickMs, spacedMs)',
        'this.#nextTickMs += tickMs + 0 * spacedMs',
      ),
    ],
    caughtBy: scenario('ticks that were missed', 'test/raft/node/tick-clock.test.ts'),
  },
  {
    id: 'S18c',
    bug: 'A lone voter campaigns although a lease rests on its silence.',
    edits: [
      edit('core/election.ts', "  if (hasPromisedSilence(core)) return 'silence_promised'\n", ''),
    ],
    caughtBy: scenario(
      'the only voter that is left waits for the lease',
      'test/replica/machine.test.ts',
    ),
  },
  {
    id: 'S19',
    bug: 'A leader that hands over goes on answering reads by its lease.',
    edits: [
      edit(
        'node/reads/lease.ts',
        "this.#isAllowed = role === 'leader' && appliedOwnTerm && !handedOver",
        "this.#isAllowed = role === 'leader' && appliedOwnTerm",
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'S20',
    bug: 'A single replica commits and answers before its own disk has the entry.',
    edits: [
      edit(
        'core/leader-state.ts',
        'this.#own = disk.stableIndex',
        'this.#own = log.lastIndex + 0 * disk.stableIndex',
      ),
      edit(
        'core/apply-queue.ts',
        'this.handedIndex < Math.min(log.committedIndex, stableIndex) &&',
        'this.handedIndex < log.committedIndex + 0 * stableIndex &&',
      ),
      edit(
        'core/apply-queue.ts',
        'const through = Math.min(log.committedIndex, stableIndex)',
        'const through = log.committedIndex + 0 * stableIndex',
      ),
    ],
    caughtBy: seedsWith('--replicas', '1'),
  },
  {
    id: 'S21',
    bug: 'Learners count in the quorum.',
    edits: [
      edit(
        'core/membership.ts',
        'core.quorum = new JointQuorum(configuration.voters, configuration.votersOutgoing)',
        `core.quorum = new JointQuorum(
    [...configuration.voters, ...configuration.learners],
    configuration.votersOutgoing,
  )`,
      ),
    ],
    caughtBy: seeds,
  },
]
