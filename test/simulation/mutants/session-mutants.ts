/** Bugs of sessions, histories and departures, from O34 on; of leases and rounds beside them. */
import { editOf, type Mutant, scenario } from './mutant.js'

const edit = editOf('src')

export const sessionMutants: readonly Mutant[] = [
  {
    id: 'O56a',
    bug: 'Without a session a sidecar learns nothing any more once the leader has changed.',
    edits: [
      edit(
        'sidecar/order-inbox.ts',
        "    if (signed.term > identity.term) return 'later'\n",
        '    if (signed.term > identity.term) return null\n',
      ),
    ],
    caughtBy: scenario(
      'without a session a pulse of a later term is a reason to ask too',
      'test/sidecar/sessions.test.ts',
    ),
  },
  {
    id: 'O56b',
    bug: 'A pulse that nobody can check shows that NATS carries what the leader says.',
    edits: [
      edit(
        'sidecar/machine.ts',
        "if (pulse === 'leader') this.#heard.pulse(nowMs)",
        'this.#heard.pulse(nowMs)',
      ),
    ],
    caughtBy: scenario('pulses show that NATS carries', 'test/sidecar/sessions.test.ts'),
  },
  {
    id: 'O34a',
    bug: 'An order of another lineage is taken.',
    edits: [
      edit(
        'sidecar/order-inbox.ts',
        "    if (order.lineage !== identity.lineage) return this.#reject('other_lineage')\n",
        '',
      ),
    ],
    caughtBy: scenario(
      'another lineage over NATS is ignored and counted',
      'test/sidecar/lineage.test.ts',
    ),
  },
  {
    id: 'O34b',
    bug: 'A welcome of another lineage is taken as if the history were the same.',
    edits: [
      edit(
        'sidecar/machine.ts',
        'if (before !== null && before.lineage !== welcome.lineage) {',
        'if (before !== null && before.lineage === null) {',
      ),
    ],
    caughtBy: scenario(
      'a welcome of another lineage fences the host before it is taken',
      'test/sidecar/lineage.test.ts',
    ),
  },
  {
    id: 'O34c',
    bug: 'A heartbeat of another lineage is answered.',
    edits: [
      edit(
        'hosts/heartbeat-desk.ts',
        'if (!isObserver && heartbeat.lineage !== lineage) {',
        'if (!isObserver && heartbeat.lineage === null) {',
      ),
    ],
    caughtBy: scenario(
      'a host of another lineage is fenced, whatever it holds',
      'test/hosts/heartbeat-desk.test.ts',
    ),
  },
  {
    id: 'O34d',
    bug: 'What is said of another lineage over the WebSocket is passed over, and the host goes on.',
    edits: [
      edit(
        'sidecar/machine.ts',
        `    if (lineage === this.#conversation.lineage) return true
    this.#otherLineage()
    return false`,
        '    return lineage === this.#conversation.lineage',
      ),
    ],
    caughtBy: scenario(
      'another lineage over the WebSocket fences the host',
      'test/sidecar/lineage.test.ts',
    ),
  },
  {
    id: 'O35',
    bug: 'A heartbeat above the newest generation is told what is disseminated, and not fenced.',
    edits: [
      edit(
        'hosts/heartbeat-desk.ts',
        "if (generation > view.newest) return { kind: 'fence', code: 'ahead' }",
        "if (generation > view.newest) return { kind: 'answer', disseminated, digest }",
      ),
    ],
    caughtBy: scenario(
      'a member above the newest generation is fenced',
      'test/hosts/heartbeat-desk.test.ts',
    ),
  },
  {
    id: 'O36',
    bug: 'A heartbeat with another digest of its generation is answered.',
    edits: [
      edit(
        'hosts/heartbeat-desk.ts',
        '  if (digestOf(view, generation) !== held) ',
        '  if (digestOf(view, generation) === held.repeat(2)) ',
      ),
    ],
    caughtBy: scenario(
      'a member with another digest is fenced',
      'test/hosts/heartbeat-desk.test.ts',
    ),
  },
  {
    id: 'O37',
    bug: 'A new session of an admission leaves the one before it open.',
    edits: [
      edit(
        'hosts/admissions.ts',
        "    this.#effects.tell(before.replica, { kind: 'superseded', session: before.session })\n",
        '',
      ),
    ],
    caughtBy: scenario(
      'a new session of an admission closes the one before',
      'test/hosts/one-session.test.ts',
    ),
  },
  {
    id: 'O38',
    bug: 'A hello waits for its name although its session fell silent.',
    edits: [
      edit(
        'hosts/admissions.ts',
        '    this.#waiting.dropSilent(now.monotonicMs, this.#state.settings.fenceAfterMs)\n',
        '',
      ),
    ],
    caughtBy: scenario(
      'a hello whose session falls silent never gets the name that it waits for',
      'test/hosts/one-session.test.ts',
    ),
  },
  {
    id: 'O39a',
    bug: 'The next leader is not handed the heartbeats that nobody answered.',
    edits: [
      edit(
        'hosts/sessions.ts',
        'if (this.#leader !== null) this.#handOver(session)',
        `if (this.#leader !== null && session.phase !== 'welcomed') this.#handOver(session)`,
      ),
    ],
    caughtBy: scenario(
      'the next leader gets the hello and the newest heartbeat that nobody answered',
      'test/hosts/sessions.test.ts',
    ),
  },
  {
    id: 'O39b',
    bug: 'The next leader is handed heartbeats that were answered.',
    edits: [
      edit(
        'hosts/sessions.ts',
        'session.heartbeat.number <= number) session.heartbeat = null',
        'session.heartbeat.number < number) session.heartbeat = null',
      ),
    ],
    caughtBy: scenario(
      'the next leader gets the hello and the newest heartbeat that nobody answered',
      'test/hosts/sessions.test.ts',
    ),
  },
  {
    id: 'O40a',
    bug: 'One that leaves is answered no more once it is removed, while it still hands over.',
    edits: [
      edit(
        'hosts/heartbeat-desk.ts',
        "if (!isMember && why !== 'left') return { kind: 'fence', code: fenceCode(why) }",
        `if (!isMember && why !== 'left') return { kind: 'fence', code: fenceCode(why) }
  if (!isMember) return { kind: 'fence', code: 'unknown_epoch' }`,
      ),
    ],
    caughtBy: scenario(
      'one that left is answered until the round without it is disseminated',
      'test/hosts/heartbeat-desk.test.ts',
    ),
  },
  {
    id: 'O40b',
    bug: 'One that leaves is let go once it is removed, before it has handed over.',
    edits: [
      edit(
        'hosts/departures.ts',
        '    if (!this.isKnown(lease)) {\n      this.#isOut(lease)',
        '    if (!this.#isMember(lease)) {\n      this.#isOut(lease)',
      ),
    ],
    caughtBy: scenario(
      'a host that leaves hands over before it goes',
      'test/hosts/membership.test.ts',
    ),
  },
  {
    id: 'O41',
    bug: 'A leader that stood still blames the hosts for the silence.',
    edits: [
      edit(
        'hosts/leadership.ts',
        '    this.#ledger.restartGrace(now.monotonicMs)\n',
        '    void now\n',
      ),
    ],
    caughtBy: scenario(
      'a leader that stood still removes nobody for its own silence',
      'test/hosts/stuck-leader.test.ts',
    ),
  },
  {
    id: 'O42',
    bug: 'A welcome is composed from a state that does not know the admission yet.',
    edits: [
      edit(
        'hosts/sessions.ts',
        'if (admitted !== null && this.#state.appliedIndex >= admitted.index) {',
        'if (admitted !== null) {',
      ),
    ],
    caughtBy: scenario(
      'the welcome is composed when its index is applied here',
      'test/hosts/sessions.test.ts',
    ),
  },
  {
    id: 'O43',
    bug: 'One that was removed is answered until the round without it is disseminated.',
    edits: [
      edit(
        'hosts/heartbeat-desk.ts',
        "if (!isMember && why !== 'left') return { kind: 'fence', code: fenceCode(why) }",
        "if (!isMember && why === undefined) return { kind: 'fence', code: 'unknown_epoch' }",
      ),
    ],
    caughtBy: scenario('one that was removed is told why', 'test/hosts/heartbeat-desk.test.ts'),
  },
]
