/**
 * A sidecar with a table of so many hosts is asked for actors, in turn with the bare hash of the
 * same ids and with the package `hashring`. Prints how long one question takes, in ns of CPU.
 */
import { parseArgs } from 'node:util'
import HashRing from 'hashring'
import { createHasher } from '../../src/hash/hasher.js'
import { connect } from '../../src/sidecar/index.js'
import { Endings } from '../../test/chaos/cluster/endings.js'
import { exitWith } from '../../test/support/exit.js'
import { quantile } from '../harness/statistics.js'
import type { LookupRun, Question } from '../lookup/questions.js'
import { serveTable } from '../lookup/table-server.js'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string' },
    types: { type: 'string' },
    repetitions: { type: 'string' },
    questions: { type: 'string' },
  },
})
const [hosts, types] = [Number(values.hosts), Number(values.types)]
/** Different ids, each of which is asked for once in a turn. */
const questions = Number(values.questions)
/** Turns of a repetition; the median counts. */
const turns = 7

const endings = new Endings()
const { url, table, self, typesOf } = await serveTable(endings, { hosts, types })
const sidecar = await connect({
  replicas: [url],
  host: { name: self.name, appId: self.appId, types: typesOf(0) },
  nats: false,
})
await sidecar.ready()
const offered = table.types()
const ids = Array.from({ length: questions }, (_, i) => `order-${(i * 7_919) % 1_000_003}`)
const typeOf = Array.from({ length: questions }, (_, i) => offered[i % offered.length]!)
for (const type of offered) sidecar.peek(type, 'warm')

const hasher = await createHasher()
const position = new Uint32Array(2)
const names = Array.from(table.list(), ({ name }) => name)
const points = { 'vnode count': table.factor / 4, replicas: 4, 'max cache size': 1 }
const ring = new HashRing(names, 'md5', points)

/** Each gives something that depends on the answers, so that none is left out. */
const works: Readonly<Record<Question, () => Promise<number> | number>> = {
  hash: () => {
    let sum = 0
    for (const id of ids) {
      hasher.hash64(id, position)
      sum += position[0]!
    }
    return sum
  },
  where: async () => {
    let sum = 0
    for (let i = 0; i < questions; i += 1) {
      sum += (await sidecar.where(typeOf[i]!, ids[i]!)).generation
    }
    return sum
  },
  peek: () => {
    let sum = 0
    for (let i = 0; i < questions; i += 1) {
      const found = sidecar.peek(typeOf[i]!, ids[i]!)
      sum += typeof found === 'string' ? 0 : found.generation
    }
    return sum
  },
  owns: () => {
    let sum = 0
    for (let i = 0; i < questions; i += 1) if (sidecar.owns(typeOf[i]!, ids[i]!)) sum += 1
    return sum
  },
  hashring: () => {
    let sum = 0
    for (const id of ids) sum += ring.get(id).length
    return sum
  },
}

async function nsOf(work: () => Promise<number> | number): Promise<number> {
  const before = process.cpuUsage()
  const sum = await work()
  const { user, system } = process.cpuUsage(before)
  if (!Number.isFinite(sum)) throw new Error('no answers')
  return ((user + system) * 1_000) / questions
}

const kinds = Object.keys(works) as Question[]
const run: Record<Question, number[]> = { hash: [], where: [], peek: [], owns: [], hashring: [] }
for (const kind of kinds) for (let i = 0; i < 3; i += 1) await nsOf(works[kind])
for (let repetition = 0; repetition < Number(values.repetitions); repetition += 1) {
  const all = new Map<Question, number[]>(kinds.map((kind) => [kind, []]))
  for (let turn = 0; turn < turns; turn += 1) {
    for (const kind of kinds) all.get(kind)!.push(await nsOf(works[kind]))
  }
  for (const kind of kinds) run[kind].push(quantile(all.get(kind)!, 0.5))
}
console.log(JSON.stringify(run satisfies LookupRun))
await sidecar.close()
await endings.end()
exitWith(0)
