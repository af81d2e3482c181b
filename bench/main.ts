/**
 * `npm run bench [-- NAME...]`: runs benchmarks one after the other, prints each one's page and
 * writes it beside its raw samples. `npm run bench -- --help` lists them.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { readBuildVersion } from '../src/process/build-version.js'
import { Endings } from '../test/chaos/cluster/endings.js'
import { exitWith } from '../test/support/exit.js'
import { benchmarks } from './benchmarks/all.js'
import type { Benchmark, Figure } from './harness/benchmark.js'
import { resultOf, writeResult } from './harness/result.js'

interface Options {
  readonly repetitions?: number
  readonly quick: boolean
  readonly etcd?: string
  readonly out: string
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It is a whole number from 1 on.')
  }
  return value
}

async function run(benchmark: Benchmark, options: Options): Promise<void> {
  const endings = new Endings()
  const folder = mkdtempSync(join(tmpdir(), `berth-bench-${benchmark.name}-`))
  endings.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const repetitions = options.quick ? 1 : (options.repetitions ?? benchmark.repetitions)
  const versions: Record<string, string> = {
    Berth: readBuildVersion(),
    Node: process.versions.node,
  }
  let figures: readonly Figure[]
  try {
    figures = await benchmark.run({
      repetitions,
      isQuick: options.quick,
      etcd: options.etcd === undefined ? null : resolve(options.etcd),
      endings,
      folder,
      say: (line) => console.error(`${benchmark.name}: ${line}`),
      note: (name, version) => {
        versions[name] = version
      },
    })
  } finally {
    await endings.end()
  }
  const result = resultOf(benchmark, { isQuick: options.quick, repetitions, versions, figures })
  console.log(writeResult(options.out, result))
}

const program = new Command('bench')
  .usage('[NAME...] [options]')
  .description('Measures Berth beside a reference in the same run, and prints ratios.')
  .argument('[name...]', 'which benchmarks; all of them without a name')
  .option('--repetitions <count>', 'of each measurement', count)
  .option('--quick', 'small sizes: shows that a benchmark works, measures nothing', false)
  .option('--etcd <path>', "an etcd program in place of the distribution's package")
  .option('--out <folder>', 'for NAME.json and NAME.md', 'bench/results')
  .addHelpText('after', () => {
    const lines = benchmarks.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`)
    return `\nBenchmarks:\n${lines.join('\n')}`
  })
  .action(async (names: readonly string[], options: Options) => {
    const unknown = names.find((name) => !benchmarks.some((one) => one.name === name))
    if (unknown !== undefined) {
      const known = benchmarks.map(({ name }) => name).join(', ')
      program.error(`bench: there is no benchmark ${unknown}; there are ${known}`)
    }
    for (const benchmark of benchmarks) {
      if (names.length === 0 || names.includes(benchmark.name)) await run(benchmark, options)
    }
  })
await program.parseAsync()
exitWith(0)
