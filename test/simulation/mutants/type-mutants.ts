/** Rules of hosts whose types change, broken one by one. docs/safety.md says why they are. */
import { clusterSeeds, editOf, type Mutant, scenario } from './mutant.js'

const edit = editOf('src')

export const typeMutants: readonly Mutant[] = [
  {
    id: 'O68a',
    bug: 'A host goes on owning keys of a type that it has withdrawn after it acknowledged that.',
    edits: [
      edit(
        'sidecar/table-keeper.ts',
        'if (pending.phase === phase && !isOwner(pending.table, self, type, at)) return false',
        `const { table } = pending
      const keeps = table.member(self.name) !== undefined && !table.hostOf(type, self.name)
      if (pending.phase === phase && !keeps && !isOwner(table, self, type, at)) return false`,
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O68b',
    bug: 'Types change without a round: their table counts as disseminated at once.',
    edits: [
      edit(
        'fsm/retype-command.ts',
        "import { NamespaceDraft } from './namespace-draft.js'\n",
        "import { disseminate, NamespaceDraft } from './namespace-draft.js'\n",
      ),
      edit(
        'fsm/retype-command.ts',
        '    step.replace(before, draft, changes)\n',
        `    step.replace(before, draft, changes)
    const after = step.state.namespaces.get(name)!
    if (after.newest > after.disseminated) step.put(disseminate(after, after.newest, step.parts))\n`,
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O68c',
    bug: 'A host that stays a member is not waited for when it loses the keys of a type.',
    edits: [
      edit(
        'table/losers.ts',
        'pair.changes.push({ key, before, after: joined.has(pair) ? after : undefined })',
        'pair.changes.push({ key, before, after })',
      ),
    ],
    // Tables of a few hosts are walked.
    caughtBy: scenario(
      'are exactly those that brute force finds, be the change small or large',
      'test/table/losers.test.ts',
    ),
  },
  {
    id: 'O69a',
    bug: 'A late change of types undoes a later one.',
    edits: [
      edit(
        'fsm/retype-command.ts',
        'if (number <= (state.retyped?.number ?? 0)) return unchanged',
        'if (number === (state.retyped?.number ?? 0)) return unchanged',
      ),
    ],
    caughtBy: scenario('a lower one, or the same again, does nothing', 'test/fsm/retype.test.ts'),
  },
  {
    id: 'O69b',
    bug: 'A change that finds its types there already leaves no trace, and a late one comes behind it.',
    edits: [edit('fsm/retype-command.ts', '    draft.renumber(name, number)\n', '')],
    caughtBy: scenario(
      'one with the types that are there makes no generation, and counts',
      'test/fsm/retype.test.ts',
    ),
  },
  {
    id: 'O70a',
    bug: 'The hello of another session changes types, by another admission: the host is fenced.',
    edits: [
      edit(
        'hosts/admission.ts',
        'return level >= typesLevel && protocol.newest >= typesProtocol',
        'return level < typesLevel && protocol.newest >= typesProtocol',
      ),
    ],
    caughtBy: scenario(
      'a hello with other types keeps the admission, whatever these are',
      'test/hosts/admission.test.ts',
    ),
  },
  {
    id: 'O70b',
    bug: 'A hello says types that nobody has taken: an older build takes it for another admission.',
    edits: [
      edit(
        'sidecar/offered-types.ts',
        'this.#saidInHello = holds ? this.#taken : this.#wanted',
        'this.#saidInHello = holds ? this.#wanted : this.#taken',
      ),
    ],
    caughtBy: scenario(
      'says the types that were taken, and the others follow by themselves',
      'test/sidecar/types.test.ts',
    ),
  },
  {
    id: 'O71',
    bug: 'A fence leaves the keys of a type running that is withdrawn and not let go of yet.',
    edits: [
      edit(
        'sidecar/machine.ts',
        'return sortedSet([...this.#offered.wanted, ...held])',
        'return held.length === 0 ? held : this.#offered.wanted',
      ),
    ],
    caughtBy: scenario(
      'a fence takes the keys of withdrawn types as well',
      'test/sidecar/types.test.ts',
    ),
  },
  {
    id: 'O72',
    bug: 'A host whose types flap keeps the cluster in rounds.',
    edits: [
      edit(
        'hosts/type-changes.ts',
        '      this.#damping.admitted(namespace, name, now.monotonicMs)\n',
        '      if (name === "") this.#damping.admitted(namespace, name, now.monotonicMs)\n',
      ),
    ],
    caughtBy: scenario(
      'a host that changes its types again and again makes few rounds',
      'test/hosts/type-changes.test.ts',
    ),
  },
]
