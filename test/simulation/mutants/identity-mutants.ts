/**
 * Bugs of who speaks, for a host and for a replica, and of names that come back: O52 on, and those of
 * orders that their leader has not said so.
 */
import { clusterSeeds, editOf, type Mutant, scenario } from './mutant.js'

const edit = editOf('src')

const leaderAsksNothing = [
  edit('hosts/leadership.ts', 'return known === undefined || known === secretHash', 'return true'),
  edit(
    'hosts/heartbeat-desk.ts',
    'if (secretHash !== undefined && secretHash !== heartbeat.secretHash) {',
    "if (secretHash === '') {",
  ),
]
const relayAsksNothing = edit(
  'hosts/sessions.ts',
  "if ('epoch' in message && !this.#isOwn(session, message.epoch)) return",
  '',
)
const helloProvesNothing = edit(
  'hosts/admission.ts',
  'return instance === hello.instance && secretHash === hello.secretHash',
  'return instance === hello.instance',
)

export const identityMutants: readonly Mutant[] = [
  {
    id: 'O52a',
    bug: 'Whoever names an epoch speaks for it.',
    edits: [...leaderAsksNothing, relayAsksNothing],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O52b',
    bug: 'A hello with the instance of a host is one of it.',
    edits: [helloProvesNothing, ...leaderAsksNothing],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O53a',
    bug: 'The leader takes words about an admission from any session.',
    edits: leaderAsksNothing,
    caughtBy: scenario(
      'from a replica without the proof of the admission',
      'test/hosts/impostor.test.ts',
    ),
  },
  {
    id: 'O53b',
    bug: 'A relay forwards what a session says of another admission.',
    edits: [relayAsksNothing],
    caughtBy: scenario(
      "of an admission that is not the session's own goes nowhere",
      'test/hosts/sessions.test.ts',
    ),
  },
  {
    id: 'O53c',
    bug: 'The instance alone makes a hello the own one.',
    edits: [helloProvesNothing],
    caughtBy: scenario(
      'with the instance of a live host, and not its secret, waits for the name',
      'test/hosts/impostor.test.ts',
    ),
  },
  {
    id: 'O7c',
    bug: 'An order is of the term that its header names, whatever it says itself.',
    edits: [
      edit(
        'sidecar/order-inbox.ts',
        "    if (order.term !== term) return this.#reject('other_term')\n",
        '',
      ),
    ],
    caughtBy: scenario(
      'an order counts in the term that it names, whatever its header says',
      'test/sidecar/orders.test.ts',
    ),
  },
  {
    id: 'O7d',
    bug: 'What comes over NATS is read before its signature is verified.',
    edits: [
      edit(
        'sidecar/order-inbox.ts',
        `    if (!this.#tools.verify(key, payload, signature)) return this.#ignore('bad_signature')
    try {
      return read(payload)`,
        `    try {
      const said = read(payload)
      return this.#tools.verify(key, payload, signature) ? said : this.#ignore('bad_signature')`,
      ),
    ],
    caughtBy: scenario(
      'what has no right signature is not read, whatever its header says',
      'test/sidecar/orders.test.ts',
    ),
  },
  {
    id: 'O54a',
    bug: 'An answer over NATS counts, whoever signed it.',
    edits: [
      edit(
        'sidecar/order-inbox.ts',
        'const answer = this.#verified(key, signed, this.#tools.read.answer)',
        'const answer = this.#tools.read.answer(signed.payload)',
      ),
    ],
    caughtBy: scenario(
      'an answer counts only as signed by a replica of the cluster',
      'test/sidecar/resync.test.ts',
    ),
  },
  {
    id: 'O54b',
    bug: 'An answer of one namespace counts in another.',
    edits: [
      edit(
        'sidecar/order-inbox.ts',
        'if (identity === null || answer.namespace !== identity.namespace) return',
        'if (identity === null) return',
      ),
    ],
    caughtBy: scenario(
      'an answer counts only as signed by a replica of the cluster',
      'test/sidecar/resync.test.ts',
    ),
  },
  {
    id: 'O55',
    bug: 'A namespace that comes back begins at generation 0.',
    edits: [
      edit(
        'fsm/cluster-state.ts',
        'const generationFloor = Math.max(state.generationFloor, newest)',
        'const { generationFloor } = state',
      ),
    ],
    caughtBy: scenario('comes back with generations above all', 'test/fsm/namespaces.test.ts'),
  },
]
