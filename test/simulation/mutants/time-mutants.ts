/** Bugs of what a wall clock that is wrong leaves behind: O57 on. */
import { clusterSeeds, editOf, type Mutant, scenario } from './mutant.js'

const edit = editOf('src')

export const timeMutants: readonly Mutant[] = [
  {
    id: 'O57a',
    bug: 'Refusals end at a point of the wall clock.',
    edits: [
      edit(
        'fsm/state-clock.ts',
        'agedMs: clock.agedMs + Math.min(elapsedMs, stepMsMax)',
        'agedMs: atMs',
      ),
      edit(
        'fsm/state-clock.ts',
        'clock.agedMs + Math.min(sinceMs(clock, wallMs), stepMsMax)',
        'wallMs',
      ),
    ],
    caughtBy: clusterSeeds,
  },
  {
    id: 'O57b',
    bug: 'A leader whose clock jumps does not write down how long it was in truth.',
    edits: [
      edit(
        'replica/machine.ts',
        'if (jumped !== null) this.#write(jumped',
        'if (jumped !== null && this.id < 0) this.#write(jumped',
      ),
    ],
    caughtBy: scenario('changes no refusal', 'test/replica/wall-clock.test.ts'),
  },
  {
    id: 'O57c',
    bug: 'Results are forgotten when the clock goes ahead.',
    edits: [edit('fsm/state-clock.ts', 'Math.min(elapsedMs, calmStepMsMax)', 'elapsedMs')],
    caughtBy: scenario('through a clock that goes wrong', 'test/fsm/retries.test.ts'),
  },
]
