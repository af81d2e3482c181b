/** Bugs of what a wrong wall clock leaves behind, and of what takes its time: O57 on. */
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
        'replica/machine/replica-machine.ts',
        'if (jump === null) return',
        'if (jump === null || this.id > 0) return',
      ),
    ],
    caughtBy: scenario('changes no refusal', 'test/replica/wall-clock.test.ts'),
  },
  {
    id: 'O57d',
    bug: 'A jump that the leader was too busy to write down is never written down.',
    edits: [edit('replica/machine/replica-machine.ts', ') clock.refused(jump)', ') void jump')],
    caughtBy: scenario('could not say is said later', 'test/replica/wall-clock.test.ts'),
  },
  {
    id: 'O57c',
    bug: 'Results are forgotten when the clock goes ahead.',
    edits: [edit('fsm/state-clock.ts', 'Math.min(elapsedMs, calmStepMsMax)', 'elapsedMs')],
    caughtBy: scenario('through a clock that goes wrong', 'test/fsm/retries.test.ts'),
  },
  {
    id: 'O58a',
    bug: 'A host owns again what a fence took while it still stops it.',
    edits: [
      edit(
        'sidecar/machine.ts',
        ' || this.#stopping.has(type, id)) return false',
        ') return false',
      ),
    ],
    caughtBy: scenario('a key is its own again when it has stopped', 'test/sidecar/fences.test.ts'),
  },
  {
    id: 'O58b',
    bug: 'What is let go of while a fence still stops it is acknowledged at once.',
    edits: [
      edit(
        'sidecar/machine.ts',
        'if (this.#stopping.isDone) this.#released(release)',
        'if (this.#phase !== null) this.#released(release)',
      ),
    ],
    caughtBy: scenario(
      'what is let go of meanwhile is acknowledged once all is stopped',
      'test/sidecar/fences.test.ts',
    ),
  },
  {
    id: 'O58c',
    bug: 'A host that could not stop says bye.',
    edits: [
      edit(
        'sidecar/machine.ts',
        "if (this.#broken === null) this.#conversation.end('bye')",
        "this.#conversation.end('bye')",
      ),
    ],
    caughtBy: scenario(
      'a fence that failed takes everything for good',
      'test/sidecar/fences.test.ts',
    ),
  },
  {
    id: 'O59',
    bug: 'A replica goes on after an error in the midst of an input.',
    edits: [
      edit(
        'replica/machine/replica-machine.ts',
        '    } catch (error) {\n      this.#break(error)\n',
        '    } catch (error) {\n      if (error === null) this.#break(error)\n',
      ),
    ],
    caughtBy: scenario(
      'stops the replica, which says why',
      'test/replica/broken-invariant.test.ts',
    ),
  },
  {
    id: 'O60',
    bug: 'The feature level rises although a replica does not know it.',
    edits: [
      edit(
        'replica/machine/shown-members.ts',
        'let level = Math.min(...known, levelMax, levels.newest)',
        'let level = Math.min(Math.max(...known), levelMax, levels.newest)',
      ),
    ],
    caughtBy: scenario(
      'waits for each replica, whoever leads, and says for which',
      'test/replica/feature-level.test.ts',
    ),
  },
  {
    id: 'O61',
    bug: 'The feature level rises although a member does not know it.',
    edits: [
      edit(
        'fsm/cluster-commands.ts',
        'if (namespace.lowestLevel < tableLevel) return',
        'if (namespace.lowestLevel < 0) return',
      ),
    ],
    caughtBy: scenario('rises when all members know it', 'test/fsm/levels.test.ts'),
  },
  {
    id: 'O62',
    bug: 'A host that does not know the level of tables is admitted.',
    edits: [
      edit(
        'fsm/member-commands.ts',
        "if (level < shapeOf(step.state, step.context).level) return refused('outdated')",
        "if (level < 0) return refused('outdated')",
      ),
    ],
    caughtBy: scenario('take no host any more', 'test/fsm/levels.test.ts'),
  },
  {
    id: 'O63a',
    bug: 'A host goes on by its table while the one that is disseminated is made ready.',
    edits: [
      edit(
        'sidecar/table-keeper.ts',
        'if (unlocked === null || this.missing !== null || this.arrived !== null) return false',
        'if (unlocked === null || this.missing !== null) return false',
      ),
    ],
    caughtBy: scenario(
      'from the fact on until its table is ready a host owns nothing',
      'test/sidecar/slices.test.ts',
    ),
  },
  {
    id: 'O63b',
    bug: 'What was found out for one table, or for one admission, counts for another.',
    edits: [
      edit(
        'sidecar/preparation.ts',
        'return isOfSelf && mine.table === table && mine.from === from',
        'return isOfSelf || mine.table === table || mine.from === from',
      ),
    ],
    caughtBy: scenario(
      'a newer order replaces the one that is made ready',
      'test/sidecar/slices.test.ts',
    ),
  },
  {
    id: 'O63c',
    bug: 'A table that is known to be disseminated answers before it is ready.',
    edits: [
      edit(
        'sidecar/table-keeper.ts',
        'if (this.#arrived.length === 0 && this.wasAcknowledged(table)) return',
        'if (this.#arrived.length === 0) return',
      ),
    ],
    caughtBy: scenario('a table answers when it is ready', 'test/sidecar/slices.test.ts'),
  },
]
