/** Bugs after which a cluster stands still, or somebody waits for ever. */
import { edit, type Mutant, scenario, seeds, seedsWith, transcript } from './mutant.js'

export const livenessMutants: readonly Mutant[] = [
  {
    id: 'L1',
    bug: 'A leader whose disk hangs keeps its followers quiet by heartbeats.',
    edits: [
      edit(
        'core/replication.ts',
        'if (!leadership.heartbeatDue || core.muted) return 0',
        'if (!leadership.heartbeatDue) return 0',
      ),
      edit(
        'core/raft.ts',
        'if (leadership === null || core.muted) return 0',
        'if (leadership === null) return 0',
      ),
    ],
    caughtBy: transcript('muted'),
  },
  {
    id: 'L2',
    bug: 'A replica wins elections although its own disk does not answer.',
    edits: [
      edit('core/disk-queue.ts', 'this.#ownVote = vote\n', ''),
      edit(
        'core/election.ts',
        "if (result !== 'won' || votes.get(core.id) !== true) return",
        "if (result !== 'won') return",
      ),
    ],
    caughtBy: transcript('disk-hangs'),
  },
  {
    id: 'L3',
    bug: 'Pre-votes of an outdated term get no answer: longer log against higher term.',
    edits: [edit('core/step.ts', 'answerVote(core, message, false)', 'void answerVote')],
    caughtBy: transcript('higher-term-deadlock'),
  },
  {
    id: 'L4',
    bug: 'An outdated leader is not told of the term of one that it keeps from voting.',
    edits: [
      edit(
        'core/step.ts',
        "if (checkQuorum || preVote) outbox.sendWhenDurable({ kind: 'higher-term', from, to, term })",
        'void [checkQuorum, preVote, outbox, from, to, term]',
      ),
    ],
    caughtBy: transcript('disruptive-follower'),
  },
  {
    id: 'L5',
    bug: 'An old leader is kept alive through a bridge although no quorum answers it.',
    edits: [
      edit(
        'core/step.ts',
        'if (core.settings.checkQuorum && !leadership.isHeardByQuorum(core.quorum)) {',
        'if (core.settings.checkQuorum && leadership.peers.length > 99) {',
      ),
    ],
    caughtBy: transcript('bridge-follower'),
  },
  {
    id: 'L6',
    bug: 'Without pre-vote, a partial partition keeps elections going.',
    edits: [
      edit(
        'core/election.ts',
        '  passTick(core)\n  if (core.electionTicks < core.timeoutTicks || areVotesSuppressed(core)) return\n' +
          "  start(core, core.settings.preVote ? 'pre' : 'vote')",
        '  passTick(core)\n  if (core.electionTicks < core.timeoutTicks || areVotesSuppressed(core)) return\n' +
          "  start(core, 'vote')",
      ),
    ],
    caughtBy: transcript('bridge-follower'),
  },
  {
    id: 'L7',
    bug: 'A leader that was removed goes on leading.',
    edits: [
      edit(
        'core/membership.ts',
        '    stepDownOnRemoval(core, leadership)\n    return\n',
        '    void stepDownOnRemoval\n',
      ),
    ],
    caughtBy: transcript('remove-leader'),
  },
  {
    id: 'L7b',
    bug: "A removed replica's answers depose leaders.",
    edits: [edit('core/step.ts', '  if (isAnswer(message) && !isMember(core, from)) return\n', '')],
    caughtBy: transcript('removed-answer'),
  },
  {
    id: 'L8',
    bug: 'Those left behind need the vote of a removed replica, whose log is longer, for ever.',
    edits: [
      edit(
        'core/election.ts',
        "if (role === 'leader' || !log.has(fact.commit, fact.commitTerm)) return",
        "if (role !== 'follower' || fact.commit >= 0) return",
      ),
    ],
    caughtBy: transcript('remove-leader-unheard'),
  },
  {
    id: 'L9',
    bug: 'A follower that needs purged entries never gets a snapshot.',
    edits: [
      edit(
        'core/replication.ts',
        '    sendSnapshot(core, peer)\n    return false',
        '    void sendSnapshot\n    peer.appendSent(0, 0, 0)\n    return false',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'L10',
    bug: 'In an idle cluster a follower that is probed never comes back.',
    edits: [
      edit(
        'core/progress.ts',
        "    this.#paused = false\n    if (this.#match < lastIndex || this.#state === 'probe') this.#appendDue = true\n",
        '',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'L11',
    bug: "A follower's crash during a snapshot leaves its progress paused.",
    edits: [
      edit(
        'core/compaction.ts',
        "if (peer === undefined || peer.state !== 'snapshot') return",
        "if (peer === undefined || peer.state !== 'snapshot' || !ok) return",
      ),
    ],
    caughtBy: transcript('snapshot-failed'),
  },
  {
    id: 'L12',
    bug: 'A follower whose tail conflicts never says where the logs may agree.',
    edits: [
      edit(
        'core/replication.ts',
        'peer.rejected(index, hint)',
        'if (hint >= index) peer.rejected(index, hint)',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'L13',
    bug: 'A transfer whose target never takes over is never given up.',
    edits: [
      edit(
        'core/transfer.ts',
        'if (ticks >= core.settings.electionTimeoutTicks) leadership.abortTransfer()',
        'void ticks',
      ),
    ],
    caughtBy: transcript('transfer-aborted'),
  },
  {
    id: 'L14',
    bug: 'The log is purged under a running transfer of a snapshot.',
    edits: [
      edit(
        'core/compaction.ts',
        "if (peer.state === 'snapshot' && peer.recentlyActive) {",
        "if (peer.state === 'snapshot' && peer.id < 0) {",
      ),
    ],
    caughtBy: transcript('snapshot-behind'),
  },
  {
    id: 'L14b',
    bug: 'A snapshot is replaced under its running transfer.',
    edits: [
      edit(
        'node/snapshots/snapshots.ts',
        'if (inUse !== null && inUse.meta.index !== this.#newest?.meta.index) {',
        'if (inUse !== null && inUse.meta.index < 0) {',
      ),
    ],
    caughtBy: seedsWith('--with', 'snapshot,slowDisk,partition'),
  },
  {
    id: 'L15',
    bug: 'A completion that comes late sets progress back.',
    edits: [
      edit(
        'core/progress.ts',
        'this.#next = Math.max(this.#next, index + 1)\n    this.#paused = false\n    return true',
        'this.#next = index + 1\n    this.#paused = false\n    return true',
      ),
    ],
    caughtBy: transcript('async-storage'),
  },
  {
    id: 'L16',
    bug: 'Applying a long backlog, in one go, keeps heartbeats waiting.',
    edits: [
      edit(
        'node/applier.ts',
        'while (last === 0 || !budget.isSpent) {',
        'while (last === 0 || budget !== null) {',
      ),
    ],
    caughtBy: scenario(
      'a long backlog is applied a slice at a time',
      'test/raft/node/applier.test.ts',
    ),
  },
  {
    id: 'L17',
    bug: 'Callers are left hanging when a snapshot passes over what they proposed, or time runs out.',
    edits: [
      edit(
        'node/calls/waiting-proposals.ts',
        'for (const at of passed) this.#take(at)?.done(error)\n',
        '',
      ),
      edit(
        'node/calls/waiting-proposals.ts',
        'if (deadlineTick > tick) return\n',
        'if (deadlineTick > 0) return\n',
      ),
    ],
    caughtBy: seeds,
  },
]
