/** The rules of `berth recover` (docs/safety.md), broken one by one. */
import { editOf, type Mutant, scenario } from './mutant.js'

const edit = editOf('src')
const state = 'test/fsm/recovered-state.test.ts'
const raised = 'has all members, cordons, refusals and removals, each number 2^32 higher'

export const recoveryMutants: readonly Mutant[] = [
  {
    id: 'O49',
    bug: 'A new history names admissions as the old one did.',
    edits: [
      edit(
        'fsm/recovered-state.ts',
        'return { ...member, epoch: stepUp(member.epoch) }',
        'return { ...member }',
      ),
    ],
    caughtBy: scenario('no admission of the old one is named in it', state),
  },
  {
    id: 'O50',
    bug: 'The generations of a new history go on from those of the old one: tokens may fall.',
    edits: [
      edit(
        'fsm/recovered-state.ts',
        'return table.edit({ generation: stepUp(table.generation), upserts, removes: [] })',
        'return table.edit({ generation: table.generation, upserts, removes: [] })',
      ),
      edit(
        'fsm/recovered-state.ts',
        'const generation = stepUp(before)\n',
        'const generation = before\n',
      ),
    ],
    caughtBy: scenario(raised, state),
  },
  {
    id: 'O51',
    bug: 'What this replica did not know to be committed is left out of the new history.',
    edits: [
      edit(
        'raft/node/replay.ts',
        'if (entry.index <= index) continue\n',
        'if (entry.index <= index || entry.index > stored.hardState.commit) continue\n',
      ),
    ],
    caughtBy: scenario('the whole log is applied', 'test/raft/node/replay.test.ts'),
  },
]
