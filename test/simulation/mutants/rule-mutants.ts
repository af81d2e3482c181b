/** Rules of this house on top of Raft, broken one by one: R1 on. docs/safety.md says why they are. */
import { edit, type Mutant, scenario, seeds, seedsWith, transcript } from './mutant.js'

export const ruleMutants: readonly Mutant[] = [
  {
    id: 'R1',
    bug: 'A membership change that nobody can read back is written into the log.',
    edits: [
      edit('core/configuration.ts', '  if (fault !== null) return refused(fault)\n', ''),
      edit(
        'core/configuration-codec.ts',
        'if (fault !== null) throw new BerthError',
        "if (fault === '') throw new BerthError",
      ),
    ],
    caughtBy: scenario(
      'a change that could not be read back is refused',
      'test/raft/core/limits.test.ts',
    ),
  },
  {
    id: 'R2',
    bug: 'A follower that forgets its leader forgets that a lease rests on its silence.',
    edits: [
      edit(
        'core/election.ts',
        '  if (hasPromisedSilence(core) && message.term >= core.term) return true\n',
        '',
      ),
    ],
    caughtBy: transcript('lease-promise'),
  },
  {
    id: 'R3a',
    bug: 'A message of the last term there is ends all elections.',
    edits: [
      edit(
        'core/term-reach.ts',
        '  if (term <= core.term) return true\n',
        '  if (term > 0) return true\n',
      ),
    ],
    caughtBy: seedsWith('--with', 'farTerm'),
  },
  {
    id: 'R3b',
    bug: 'Jumps of the term are bounded one by one, so that many of them use the terms up.',
    edits: [edit('core/term-reach.ts', 'return termRiseMax - reach.risen', 'return termRiseMax')],
    caughtBy: scenario(
      'many jumps, one after the other, go no further than one',
      'test/raft/core/term-reach.test.ts',
    ),
  },
  {
    id: 'R4a',
    bug: 'A log that fills the memory makes no snapshot due, and nothing is written any more.',
    edits: [
      edit(
        'node/snapshots.ts',
        'return this.#core().logBytes > logBytesMax / 2',
        'return this.#core().logBytes > logBytesMax * 2',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'R4b',
    bug: 'A log is kept behind its snapshots although it fills the memory.',
    edits: [
      edit(
        'node/snapshots.ts',
        'Math.min(this.#isPressed ? newestIndex : kept, inUse)',
        'Math.min(kept, inUse)',
      ),
    ],
    caughtBy: scenario(
      'a log that is too large from the start is cut at its snapshot',
      'test/raft/node/snapshots.test.ts',
    ),
  },
  {
    id: 'R4c',
    bug: 'Followers take what they have no room for.',
    edits: [edit('core/following.ts', 'if (bytes > settings.logBytesMax) break', 'void settings')],
    caughtBy: scenario(
      'a follower without room leaves an append as if it were lost',
      'test/raft/core/log-memory.test.ts',
    ),
  },
  {
    id: 'R4d',
    bug: 'What is promised leaves with the first of several writes that it rests on.',
    edits: [
      edit(
        'core/durability.ts',
        'through < lastIndex ? { messages: [], ownVote: null } : outbox',
        'through > lastIndex ? { messages: [], ownVote: null } : outbox',
      ),
    ],
    caughtBy: seeds,
  },
  {
    id: 'R5a',
    bug: 'The leader alone tells its digests, so that nobody knows what most replicas have.',
    edits: [
      edit(
        'node/regular-duties.ts',
        'if (tick % digestTicks === 0) this.#tellState(others)',
        'if (!isLeader) this.digests.points()\n    else if (tick % digestTicks === 0) this.#tellState(others)',
      ),
    ],
    caughtBy: seedsWith('--with', 'wrongState'),
  },
  {
    id: 'R5b',
    bug: 'A leader whose state is wrong stops without handing over.',
    edits: [
      edit(
        'node/divergence.ts',
        "if (coreOf(node).role !== 'leader') {",
        "if (coreOf(node).role !== 'candidate') {",
      ),
    ],
    caughtBy: scenario(
      'a leader whose state is another than everybody else has hands over',
      'test/replica/cluster-status.test.ts',
    ),
  },
  {
    id: 'R5c',
    bug: 'A replica stops because one other has another state, whoever of the two is wrong.',
    edits: [
      edit(
        'node/digest-watch.ts',
        "digests.find((digest) => have(digest) === 'won')",
        "digests.findLast((digest) => have(digest) !== 'lost')",
      ),
    ],
    caughtBy: seedsWith('--with', 'wrongState'),
  },
  {
    id: 'R5d',
    bug: 'Two histories go on where nobody can tell which is right.',
    edits: [
      edit(
        'node/divergence.ts',
        "else if (verdict.kind === 'tie' && differsFromLeader(node, difference)) {",
        "else if (verdict.kind === 'open' && differsFromLeader(node, difference)) {",
      ),
    ],
    caughtBy: scenario(
      'of two that differ, with nobody to tell who is right, the follower stops',
      'test/replica/cluster-status.test.ts',
    ),
  },
]
