/** Rules of rounds, orders and tables, broken one by one. docs/safety.md says why they are. */
import { clusterSeeds, editOf, type Mutant, scenario } from './mutant.js'

const edit = editOf('src')

export const roundMutants: readonly Mutant[] = [
  {
    id: 'O1',
    bug: 'A round is unlocked before the last acknowledgement.',
    edits: [
      edit(
        'broadcast/round.ts',
        "    if (this.#missing.size === 0) return 'complete'\n",
        "    if (this.#missing.size <= 1) return 'complete'\n",
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O2',
    bug: 'A host acknowledges before it has let go.',
    edits: [
      edit(
        'sidecar/table-follower.ts',
        "      this.#found({ kind: 'let-go', release, keys, deadlineMs: pending.deadlineMs })\n",
        `      this.#found({ kind: 'let-go', release, keys, deadlineMs: pending.deadlineMs })
      this.keeper.letGo(pending)\n`,
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O6',
    bug: 'A straggler that is removed is not waited for until its fence.',
    edits: [
      edit(
        'broadcast/round.ts',
        'this.#stragglers ??= missing\n',
        `this.#stragglers ??= missing
    for (const lease of missing) this.#settle(lease)\n`,
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O7a',
    bug: "An old term's order is applied.",
    edits: [
      edit(
        'sidecar/order-inbox.ts',
        "    if (term < identity.term) return this.#reject('old_term')\n",
        '',
      ),
      edit(
        'sidecar/order-inbox.ts',
        'const order = this.#verified(identity.key, ',
        "const order = this.#verified(this.keys.get(term) ?? '', ",
      ),
      edit(
        'sidecar/order-inbox.ts',
        '    this.#identity = identity\n',
        '    this.#identity = identity\n    this.keys.set(identity.term, identity.key)\n',
      ),
      edit(
        'sidecar/order-inbox.ts',
        '  readonly #held = new HeldOrders()\n',
        '  readonly #held = new HeldOrders()\n  readonly keys = new Map<number, string>()\n',
      ),
    ],
    caughtBy: scenario('an order of a lower term is ignored', 'test/sidecar/orders.test.ts'),
  },
  {
    id: 'O7b',
    bug: 'A record that was decided in one term is applied in another: a forwarded record.',
    edits: [
      edit(
        'fsm/run-command.ts',
        "if ('term' in command && command.term !== step.term) return nothing('other_term')",
        "if ('term' in command && command.term < 0) return nothing('other_term')",
      ),
    ],
    caughtBy: scenario(
      'what a leader decided in one term does nothing under another',
      'test/fsm/rounds.test.ts',
    ),
  },
  {
    id: 'O8',
    bug: 'A difference is applied to another base than its own, and its digest is not looked at.',
    edits: [
      edit(
        'table/table-change.ts',
        'if (change.from !== base.generation) {',
        'if (change.from < 0) {',
      ),
      edit(
        'table/table-change.ts',
        'if (result.digest !== change.digest) {',
        'if (change.from < 0) {',
      ),
      edit(
        'table/table-change.ts',
        '  yield* checkNames(base, change.upserts, removes)\n',
        '  void checkNames\n',
      ),
      edit(
        'sidecar/table-keeper.ts',
        'if (pending?.table.digest === fact.digest) return',
        'if (pending !== undefined) return',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O9',
    bug: 'Beacons are ignored.',
    edits: [
      edit(
        'sidecar/table-follower.ts',
        "      case 'unlock':\n      case 'beacon':\n",
        "      case 'beacon':\n        return\n      case 'unlock':\n",
      ),
    ],
    caughtBy: scenario('from wherever it is learned: beacon', 'test/sidecar/rounds.test.ts'),
  },
  {
    id: 'O10',
    bug: 'A sidecar unlocks itself after a while.',
    edits: [
      edit(
        'sidecar/table-follower.ts',
        '  tick(at: Moment): void {\n',
        `  tick(at: Moment): void {
    const next = this.keeper.pending[0]
    if (next?.phase === 'acknowledged' && at.nowMs - (this.#pendingSinceMs ?? at.nowMs) > 1_500) {
      this.learn(next.table, at)
    }\n`,
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O12',
    bug: 'An unlock is published before its record is committed.',
    edits: [
      edit(
        'broadcast/rounds.ts',
        '      running.recording = true\n',
        `      running.recording = true
      const { generation, digest } = round.span.to
      const order = { ...this.#head('unlock'), generation, digest }
      this.#effects.push({ kind: 'publish', order })\n`,
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O15',
    bug: 'An acknowledgement counts for whoever has the name.',
    edits: [
      edit(
        'broadcast/round.ts',
        '    const early = this.#early\n',
        `    for (const each of this.#missing) if (each.name === lease.name) this.#settle(each)
    const early = this.#early\n`,
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O18',
    bug: 'A key that was let go is taken back after a reconnect.',
    edits: [
      edit(
        'sidecar/machine.ts',
        '    else this.#follower.learn(disseminated, at)\n',
        `    else {
      this.#follower.keeper.takeBack()
      this.#follower.learn(disseminated, at)
    }\n`,
      ),
      edit(
        'sidecar/machine.ts',
        'if (round !== undefined) this',
        `const done = this.#follower.keeper.acknowledged?.generation ?? 0
    if (round !== undefined && round.change.to > done) this`,
      ),
      edit(
        'sidecar/table-keeper.ts',
        '  /** Another lineage: nothing that was known holds. */\n',
        `  takeBack(): void {
    this.#pending = []
  }

  /** Another lineage: nothing that was known holds. */\n`,
      ),
    ],
    caughtBy: scenario(
      'stays released through a reconnect without the table',
      'test/sidecar/rounds.test.ts',
    ),
  },
  {
    id: 'O19',
    bug: '`get` answers with the newest table.',
    edits: [
      edit(
        'hosts/welcome.ts',
        'const { table } = state.namespaceOrEmpty(namespace)\n  if (table.generation < get.generation) return null',
        'const { newestTable: table } = state.namespaceOrEmpty(namespace)\n  if (table.generation < get.generation) return null',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O20',
    bug: 'A token falls: it is the epoch of the owner.',
    edits: [
      edit(
        'sidecar/machine.ts',
        'return keeper.holds(self, type, keeper.positionOf(id)) ? keeper.generation : null',
        'return keeper.holds(self, type, keeper.positionOf(id)) ? self.epoch : null',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O24',
    bug: 'The wait list is that of the new table: who was removed is not waited for.',
    edits: [
      edit(
        'broadcast/round.ts',
        '  for (const { name, epoch } of from.list()) yield { namespace, name, epoch }\n',
        '  for (const { name, epoch } of to.list()) yield { namespace, name, epoch }\n',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O25',
    bug: 'An acknowledgement counts in whatever round runs.',
    edits: [
      edit(
        'broadcast/round.ts',
        'if (term !== this.span.term || generation !== this.to) return false\n',
        'void [term, generation]\n',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O26',
    bug: 'At the deadline a round is unlocked although losers are missing.',
    edits: [
      edit(
        'broadcast/round.ts',
        "return this.#losersMissing === 0 ? 'complete' : 'overdue'",
        "return 'complete'",
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O27',
    bug: 'A host that knows of a newer table, which it misses, goes on by the old one.',
    edits: [
      edit(
        'sidecar/table-keeper.ts',
        'if (unlocked === null || this.missing !== null || this.arrived !== null) return false',
        'if (unlocked === null || this.arrived !== null) return false',
      ),
    ],
    caughtBy: scenario(
      'a host that learns of a table which is not here stops everything',
      'test/sidecar/resync.test.ts',
    ),
  },
  {
    id: 'O44',
    bug: 'A host that missed a round, and learns that it is disseminated, goes on with what moved.',
    edits: [
      edit(
        'sidecar/table-follower.ts',
        "          this.#found({ kind: 'stop', reason: 'overtaken', keys })\n",
        '          void keys\n',
      ),
    ],
    caughtBy: scenario(
      'a host that learns of a table which it had not acknowledged drops what differs at once',
      'test/sidecar/rounds.test.ts',
    ),
  },
  {
    id: 'O45',
    bug: 'Parts of orders of different terms are put together.',
    edits: [
      edit('sidecar/order-inbox.ts', '      this.#collecting.clear()\n', '      void before\n'),
    ],
    caughtBy: scenario(
      'parts of different terms are never put together',
      'test/sidecar/orders.test.ts',
    ),
  },
  {
    id: 'O46',
    bug: 'During a round all actors wait, not only those that move.',
    edits: [
      edit(
        'sidecar/table-keeper.ts',
        'isReady && movesAt(unlocked, table, type, at)',
        'isReady && (movesAt(unlocked, table, type, at) || true)',
      ),
    ],
    caughtBy: scenario('only keys whose owner differs wait', 'test/sidecar/rounds.test.ts'),
  },
  {
    id: 'O47a',
    bug: 'An order that comes again over the WebSocket is not acknowledged again.',
    edits: [
      edit(
        'sidecar/table-follower.ts',
        "        if (isDirect) this.#found({ kind: 'acknowledge-again' })\n",
        '',
      ),
    ],
    caughtBy: scenario(
      'an order that was acknowledged is acknowledged again at once',
      'test/sidecar/rounds.test.ts',
    ),
  },
  {
    id: 'O47b',
    bug: "An order that was acknowledged is not acknowledged again in the next leader's round.",
    edits: [edit('sidecar/conversation.ts', 'said?.term !== acknowledged.term || said.', 'said?.')],
    caughtBy: scenario(
      'an order that was acknowledged is acknowledged again at once',
      'test/sidecar/rounds.test.ts',
    ),
  },
  {
    id: 'O47c',
    bug: 'An order of before that somebody repeats takes the acknowledgement back to it.',
    edits: [
      edit(
        'sidecar/table-keeper.ts',
        'if (this.#acknowledged !== null && change.to < this.#acknowledged.generation) ',
        'if (this.#acknowledged !== null && change.to < 0) ',
      ),
    ],
    caughtBy: scenario(
      'whoever repeats orders of others over NATS makes a host say nothing',
      'test/sidecar/rounds.test.ts',
    ),
  },
  {
    id: 'O65a',
    bug: 'A round is judged while its wait list is being made.',
    edits: [edit('broadcast/round.ts', "    if (!this.isListed) return 'wait'\n", '')],
    caughtBy: scenario(
      'who acknowledges before the wait list is whole counts',
      'test/broadcast/round.test.ts',
    ),
  },
  {
    id: 'O65b',
    bug: 'The deadline ends a round of which nobody knows yet who loses keys.',
    edits: [
      edit(
        'broadcast/round.ts',
        "this.#deadlineAtMs || this.#losers === null) return 'wait'",
        "this.#deadlineAtMs) return 'wait'",
      ),
    ],
    caughtBy: scenario(
      'until it is known who loses keys nobody is a straggler',
      'test/broadcast/round.test.ts',
    ),
  },
  {
    id: 'O48',
    bug: 'Orders go over NATS alone.',
    edits: [
      edit('broadcast/rounds.ts', 'if (orders !== null) this.#effects.push(orders)', 'void orders'),
    ],
    caughtBy: scenario(
      'with NATS away a round goes its way over the WebSockets alone',
      'test/broadcast/rounds.test.ts',
    ),
  },
]
