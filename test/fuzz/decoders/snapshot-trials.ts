/** Snapshots of the placement state: what is read is the state that was written, or nothing. */
import { PlacementState } from '../../../src/fsm/placement-state.js'
import { createHasher } from '../../../src/hash/hasher.js'
import { createTableContext, type TableContext } from '../../../src/table/table-context.js'
import { typesLevel } from '../../../src/versions/versions.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { Replica } from '../../fsm/replica.js'
import { randomCommand, runRandom } from '../../fsm/workload.js'
import type { Random } from '../../simulation/kernel/random.js'
import { Random as WorkloadRandom } from '../../table/seeds.js'
import { withByteFaults } from '../generator/byte-faults.js'
import { spoiled } from '../peer/spoiled.js'
import { randomCommand as anyCommand } from './command-trials.js'
import { type Judge, refused, type Trial } from './trial.js'

const inputsPerCase = 12
const commandsPerCase = 60
const refusals = ['newer_version', 'older_version', 'storage_damaged'] as const

export async function snapshotTrials(): Promise<Trial[]> {
  const context = createTableContext(await createHasher())
  return [
    { name: 'snapshots', run: (random, judge) => trySnapshots(context, random, judge) },
    { name: 'the state', run: (random, judge) => tryState(context, random, judge) },
  ]
}

function someState(context: TableContext, random: Random): Replica {
  const replica = new Replica(context).begin()
  const workload = new WorkloadRandom(random.uint32())
  const commands = random.below(commandsPerCase)
  if (random.chance(0.5)) replica.raise(typesLevel)
  for (let i = 0; i < commands; i += 1) runRandom(workload, replica)
  return replica
}

const recordsOf = (chunks: readonly Uint8Array[]) => {
  return chunks.flatMap((chunk) => decode(chunk) as readonly unknown[])
}

const textOf = (record: unknown) => JSON.stringify(record)

function trySnapshots(context: TableContext, random: Random, judge: Judge): number {
  const { state } = someState(context, random)
  const chunks = [...state.snapshotChunks()]
  const records = recordsOf(chunks)
  for (let i = 0; i < inputsPerCase; i += 1) {
    const hostile = i === 0 ? chunks : damaged(chunks, records, random)
    const input = Buffer.concat(hostile)
    const codes = i === 0 ? [] : refusals
    const other = new PlacementState(context)
    const read = judge.attempt('restore', input, codes, () => other.restore(hostile))
    if (read === refused) continue
    const again = [...other.snapshotChunks()]
    // Members of one step may stand in any order: what it makes of a table is the same.
    const told = (all: readonly unknown[]) => (i === 0 ? all : all.map(textOf).sort())
    judge.same('a snapshot', input, told(records), told(recordsOf(again)))
    judge.same('its digest', input, state.digest, other.digest)
  }
  return inputsPerCase
}

function damaged(
  chunks: readonly Uint8Array[],
  records: readonly unknown[],
  random: Random,
): Uint8Array[] {
  const at = random.below(records.length)
  switch (random.below(5)) {
    case 0:
      return chunks.map((chunk) => withByteFaults(chunk, random))
    case 1:
      return inChunks(
        records.filter((_, i) => i !== at),
        random,
      )
    case 2:
      return inChunks([...records.slice(0, at), records[at], ...records.slice(at)], random)
    case 3:
      return inChunks(random.shuffled(records), random)
    default:
      return inChunks(
        records.map((record, i) => (i === at ? spoiled(record, random) : record)),
        random,
      )
  }
}

/** Cut elsewhere, which means nothing. */
function inChunks(records: readonly unknown[], random: Random): Uint8Array[] {
  const cut = random.below(records.length + 1)
  return [records.slice(0, cut), records.slice(cut)].map((part) => encode(part))
}

/**
 * Commands that no leader would propose are as good as others: each replica does the same. What the
 * state's level has no layout for is never written.
 */
function tryState(context: TableContext, random: Random, judge: Judge): number {
  const replica = someState(context, random)
  const other = new PlacementState(context)
  other.restore([...replica.state.snapshotChunks()])
  const workload = new WorkloadRandom(random.uint32())
  for (let i = 0; i < inputsPerCase; i += 1) {
    const logged = random.chance(0.5)
      ? { command: randomCommand(workload, replica) }
      : anyCommand(random)
    judge.attempt('a command', logged, ['level_too_low'], () => {
      replica.run(logged.command, logged.key)
      other.apply(replica.entries.at(-1)!)
    })
    judge.same('the state', logged, replica.state.digest, other.digest)
  }
  const restored = new PlacementState(context)
  judge.attempt('the snapshot behind it', null, [], () => {
    restored.restore([...other.snapshotChunks()])
  })
  judge.same('the snapshot behind it', null, replica.state.digest, restored.digest)
  return inputsPerCase
}
