/**
 * The decoders, and the machines behind them, in this very process: nothing is between them and
 * what is put in, so far more of it is.
 */
import { Random } from '../../simulation/kernel/random.js'
import type { Door, FuzzCase, OpenDoor } from '../door.js'
import { commandTrials } from './command-trials.js'
import { natsTrials } from './nats-trials.js'
import { peerTrials } from './peer-trials.js'
import { replicaTrials } from './replica-trials.js'
import { sidecarTrials } from './sidecar-trials.js'
import { snapshotTrials } from './snapshot-trials.js'
import { tableTrials } from './table-trials.js'
import { computedMs, describe, inputMark, Judge, type Trial } from './trial.js'
import { wireTrials } from './wire-trials.js'

/** No input may take longer, in ms. */
const inputMsMax = 100
/** A case that took too long is run again so often: the machine may have stood still. */
const repeatsMax = 3

export const decodersDoor: Door = {
  name: 'decoders',
  about: 'bytes to each decoder, and inputs in any order to the machines of sidecar and replica',
  parallel: 1,
  open: async (): Promise<OpenDoor> => {
    const trials: readonly Trial[] = [
      ...wireTrials(),
      ...commandTrials(),
      ...(await snapshotTrials()),
      ...peerTrials(),
      ...(await tableTrials()),
      ...natsTrials(),
      ...(await sidecarTrials()),
      ...replicaTrials(),
    ]
    const known = new Map<string, string>()
    return { cluster: null, run: (fuzzCase) => runCase(trials, known, fuzzCase) }
  },
}

/** @param known findings by all but their inputs: each is told in the words of the first one */
async function runCase(
  trials: readonly Trial[],
  known: Map<string, string>,
  fuzzCase: FuzzCase,
): Promise<number> {
  const trial = fuzzCase.random.pick(trials)
  const seed = fuzzCase.random.uint32()
  const first = await judged(trial, seed)
  for (const finding of first.judge.findings) {
    const what = `${trial.name}: ${finding}`
    const kind = what.slice(0, what.lastIndexOf(inputMark))
    if (!known.has(kind)) known.set(kind, what)
    fuzzCase.finding(known.get(kind) ?? what)
  }
  for (const what of ['taken', 'refused'] as const) {
    for (let i = 0; i < first.judge[what]; i += 1) fuzzCase.answer(`${trial.name}: ${what}`)
  }
  let { slowestMs, slowest } = first.judge
  for (let i = 0; i < repeatsMax && slowestMs > inputMsMax; i += 1) {
    const { judge } = await judged(trial, seed, new Judge(computedMs))
    if (judge.slowestMs < slowestMs) ({ slowestMs, slowest } = judge)
  }
  if (slowestMs > inputMsMax) {
    fuzzCase.finding(`${trial.name}: ${slowest} takes over ${inputMsMax} ms, each time`)
  }
  return first.inputs
}

async function judged(trial: Trial, seed: number, judge = new Judge()) {
  try {
    return { judge, inputs: await trial.run(new Random(seed), judge) }
  } catch (error) {
    judge.finding(describe(error))
    return { judge, inputs: 1 }
  }
}
