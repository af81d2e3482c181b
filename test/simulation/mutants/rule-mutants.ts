/** Rules of this house on top of Raft, broken one by one: R1 on. docs/safety.md says why they are. */
import { edit, type Mutant, scenario, seedsWith, transcript } from './mutant.js'

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
]
