/** Rules of this house on top of Raft, broken one by one: R1 on. docs/safety.md says why they are. */
import { edit, editOf, type Mutant, scenario, seeds, seedsWith, transcript } from './mutant.js'

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
        'core/step.ts',
        '  if (term <= core.term) return true\n',
        '  if (term > 0) return true\n',
      ),
    ],
    caughtBy: seedsWith('--with', 'farTerm'),
  },
  {
    id: 'R3b',
    bug: 'Jumps of the term are bounded one by one, so that many of them use the terms up.',
    edits: [edit('core/step.ts', 'return termRiseMax - reach.risen', 'return termRiseMax')],
    caughtBy: scenario(
      'many jumps, one after the other, go no further than one',
      'test/raft/core/term-reach.test.ts',
    ),
  },
  {
    id: 'R3c',
    bug: 'Whoever was left further behind than a message raises the term never comes back.',
    edits: [edit('core/step.ts', 'if (isFar) approachTerm(core, message)', 'if (isFar) return')],
    caughtBy: seedsWith('--with', 'farTerm'),
  },
  {
    id: 'R3d',
    bug: 'One replica whose term is damaged keeps all others from having a leader.',
    edits: [
      edit('core/step.ts', '(isLed || far - core.term <= termWalkMax)', '(isLed || far > 0)'),
    ],
    caughtBy: scenario(
      'the others lead and elect although it answers',
      'test/raft/core/term-walk.test.ts',
    ),
  },
  {
    id: 'R3e',
    bug: 'A pre-vote of a term beyond reach raises the term although nobody would vote.',
    edits: [edit('core/step.ts', ' && !isGrantable(core, message)) return', ') isGrantable')],
    caughtBy: scenario('a pre-vote that would not be granted', 'test/raft/core/term-walk.test.ts'),
  },
  {
    id: 'R3f',
    bug: 'Who does not campaign and hears only pre-votes of terms beyond reach never gives its vote.',
    edits: [edit('core/step.ts', ' && !isGrantable(core, message)) return', ') return')],
    caughtBy: scenario(
      'a learner that does not know of its vote yet',
      'test/raft/core/term-walk.test.ts',
    ),
  },
  {
    id: 'R4a',
    bug: 'A log that fills the memory makes no snapshot due, and nothing is written any more.',
    edits: [
      edit(
        'node/snapshots/snapshots.ts',
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
        'node/snapshots/snapshots.ts',
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
        'node/identity/divergence.ts',
        "const isFollower = core().role !== 'leader'",
        "const isFollower = core().role !== 'candidate'",
      ),
    ],
    caughtBy: scenario(
      'a leader whose state is another than everybody else has hands over',
      'test/replica/cluster-status.test.ts',
    ),
  },
  {
    id: 'R5e',
    bug: 'A leader on its way out goes on telling others of its state, which is wrong.',
    edits: [edit('node/node.ts', '    this.#ports.leaving()\n', '')],
    caughtBy: scenario(
      'on its way out it answers nobody: neither hosts, nor tables, nor reads, nor replicas',
      'test/replica/cluster-status.test.ts',
    ),
  },
  {
    id: 'R5c',
    bug: 'A replica stops because one other has another state, whoever of the two is wrong.',
    edits: [
      edit(
        'node/identity/digest-watch.ts',
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
        'node/identity/divergence.ts',
        "else if (verdict.kind === 'tie' && this.#differsFromLeader(difference)) {",
        "else if (verdict.kind === 'open' && this.#differsFromLeader(difference)) {",
      ),
    ],
    caughtBy: scenario(
      'of two that differ, with nobody to tell who is right, the follower stops',
      'test/replica/cluster-status.test.ts',
    ),
  },
  {
    id: 'R6a',
    bug: 'Strangers are let in.',
    edits: [
      edit(
        'node/identity/peer-judgement.ts',
        'return clusterId === null || peer.clusterId === clusterId || isMember',
        'return clusterId !== peer.uuid || isMember',
      ),
    ],
    caughtBy: scenario(
      'nobody is let in who shows neither the cluster nor a database on record',
      'test/raft/node/peer-judgement.test.ts',
    ),
  },
  {
    id: 'R6b',
    bug: 'A refusal tells strangers what they need to pose as a replica.',
    edits: [
      edit(
        'node/identity/peer-judgement.ts',
        'const confides = clusterId === null || peer.clusterId === clusterId',
        'const confides = clusterId === null || peer.clusterId !== peer.uuid',
      ),
    ],
    caughtBy: scenario(
      'whoever does not show the cluster is refused, and learns no more',
      'test/replica/strangers.test.ts',
    ),
  },
  {
    id: 'R6c',
    bug: 'A certificate is good for every replica that calls.',
    edits: [
      edit(
        'peers/listener.ts',
        'return judgeCertificate(peer.certificate, handshake().clusterName, id)',
        'return id > 0 ? null : judgeCertificate(peer.certificate, handshake().clusterName, id)',
      ),
    ],
    caughtBy: scenario(
      'the certificate of another replica is refused by the listener',
      'test/raft/peers/tls.test.ts',
    ),
  },
  {
    id: 'R6d',
    bug: 'A certificate is good for every replica that is called.',
    edits: [
      edit(
        'peers/dialler.ts',
        'const rejection = socket instanceof TLSSocket ? this.#judgeCertificate(socket) : null',
        'const rejection =\n        socket instanceof TLSSocket && this.#closed ? this.#judgeCertificate(socket) : null',
      ),
    ],
    caughtBy: scenario(
      'a certificate of another replica is refused by the dialler',
      'test/raft/peers/tls.test.ts',
    ),
  },
  {
    id: 'R6e',
    bug: 'What comes by a connection counts for whoever has the id.',
    edits: [
      edit(
        'node/identity/identity-keeper.ts',
        'return this.#met.get(id)?.run === run',
        'return this.#met.has(id) || run < 0',
      ),
    ],
    caughtBy: scenario(
      'a run of a peer is listened to from when it was met, and no other one',
      'test/raft/node/identity-keeper.test.ts',
    ),
  },
  {
    id: 'R6f',
    bug: 'Strangers take the places of members among what is noted of peers.',
    edits: [
      edit(
        'node/identity/identity-keeper.ts',
        "if (this.stage === 'member' && this.#isMember(peer.replicaId)) this.book.showed(peer)",
        "if (this.stage === 'member') this.book.showed(peer)",
      ),
    ],
    caughtBy: scenario(
      'of strangers nothing is noted, and they take the place of no member',
      'test/raft/node/identity-keeper.test.ts',
    ),
  },
  {
    id: 'R6g',
    bug: 'What a replica says of hosts counts by its id alone, whichever process says it.',
    edits: [
      edit(
        'node/node.ts',
        'heard = this.#isMet(from, run) && this.#isMember(from)',
        'heard = run >= 0 && this.#isMember(from)',
      ),
    ],
    caughtBy: scenario(
      'nothing that another process that says it is a member says counts',
      'test/replica/unheard.test.ts',
    ),
  },
  {
    id: 'R5f',
    bug: 'What an earlier run of a peer told of its state is held against the run that is there.',
    edits: [
      edit(
        'node/node.ts',
        'if (!identity.hasMet(peer.replicaId, peer.run)) this.#duties.digests.forget(peer.replicaId)',
        '',
      ),
    ],
    caughtBy: scenario(
      'what a run of a peer told of its state ends with that run',
      'test/raft/node/restoring-node.test.ts',
    ),
  },
  {
    id: 'R6h',
    bug: 'A replica says where another one is, and by which key it signs.',
    edits: [
      editOf('src/replica/requests')(
        'requests.ts',
        "request.kind === 'register' && request.replica !== from",
        "request.kind === 'register' && request.replica === 0",
      ),
    ],
    caughtBy: scenario(
      'a replica registers itself alone: keys and addresses of others are not its to say',
      'test/replica/unheard.test.ts',
    ),
  },
  {
    id: 'R6i',
    bug: 'Whoever is let in may speak for hosts, member or not.',
    edits: [
      edit(
        'node/node.ts',
        'heard = this.#isMet(from, run) && this.#isMember(from)',
        'heard = this.#isMet(from, run)',
      ),
    ],
    caughtBy: scenario('nothing that one that was let in', 'test/replica/unheard.test.ts'),
  },
  {
    id: 'R7a',
    bug: 'A round of tries begins anew whenever somebody shows another address.',
    edits: [
      edit(
        'peers/address-turns.ts',
        'this.#wanted = once.slice(0, addressesMax)',
        'this.#wanted = once.slice(0, addressesMax)\n    this.#left = []',
      ),
    ],
    caughtBy: scenario(
      'whoever shows another address before each try keeps no other one from its turn',
      'test/raft/peers/address-turns.test.ts',
    ),
  },
  {
    id: 'R7b',
    bug: 'A peer is dialled at the best of its addresses alone.',
    edits: [
      edit(
        'peers/address-turns.ts',
        'this.#left = left\n',
        'this.#left = left.slice(left.length)\n',
      ),
    ],
    caughtBy: scenario(
      'each address has its turn once in a round, the best first',
      'test/raft/peers/address-turns.test.ts',
    ),
  },
  {
    id: 'R8',
    bug: 'What of a snapshot is still on its way is sent once more after a silence.',
    edits: [
      edit(
        'node/snapshots/snapshot-sender.ts',
        'transfer.busyTick = tick\n        this.#offer(transfer)',
        'transfer.busyTick = tick\n        transfer.next = transfer.stored\n' +
          '        this.#readNext(transfer)\n        this.#offer(transfer)',
      ),
    ],
    caughtBy: scenario(
      'over a link that is slow beyond use a transfer goes on as long as chunks come through',
      'test/raft/node/slow-link.test.ts',
    ),
  },
]
