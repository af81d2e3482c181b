/**
 * A host calls its own actors through the library, in turn with the bare function. Prints what one
 * call takes, in µs of CPU.
 */
import { parseArgs } from 'node:util'
import { serve } from '../../src/sidecar/index.js'
import { Endings } from '../../test/chaos/cluster/endings.js'
import { exitWith } from '../../test/support/exit.js'
import { freePort } from '../../test/support/ports.js'
import type { LocalCallRun, LocalWork } from '../calls/local-works.js'
import { quantile } from '../harness/statistics.js'
import { serveTable } from '../lookup/table-server.js'

const { values } = parseArgs({
  options: { repetitions: { type: 'string' }, calls: { type: 'string' } },
})
const calls = Number(values.calls)
/** Turns of a repetition; the median counts. */
const turns = 7

const endings = new Endings()
const { url, self, typesOf } = await serveTable(endings, { hosts: 1, types: 1 })
const [type] = typesOf(0) as [string]
const text = '{"number":42}'
const application = async ({ id }: { readonly id: string }) => ({ body: id === '' ? '' : text })
const sidecar = await serve({
  replicas: [url],
  host: { name: self.name, appId: self.appId, types: [type] },
  callListen: `127.0.0.1:${await freePort()}`,
  nats: false,
  application,
})
const ids = Array.from({ length: 500 }, (_, i) => `order-${i}`)

/** Each gives something that depends on the answers, so that none is left out. */
const works: Readonly<Record<LocalWork, () => Promise<number>>> = {
  bare: async () => {
    let sum = 0
    for (let i = 0; i < calls; i += 1) {
      sum += (await application({ id: ids[i % ids.length]! })).body.length
    }
    return sum
  },
  status: async () => {
    let sum = 0
    for (let i = 0; i < calls; i += 1) {
      sum += (await sidecar.call(type, ids[i % ids.length]!)).status
    }
    return sum
  },
  body: async () => {
    let sum = 0
    for (let i = 0; i < calls; i += 1) {
      const answer = await sidecar.call(type, ids[i % ids.length]!)
      sum += (await answer.text()).length
    }
    return sum
  },
}

async function microsOf(work: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage()
  const sum = await work()
  const { user, system } = process.cpuUsage(before)
  if (!(sum > 0)) throw new Error('no answers')
  return (user + system) / calls
}

const kinds = Object.keys(works) as LocalWork[]
const run: Record<LocalWork, number[]> = { bare: [], status: [], body: [] }
for (const kind of kinds) for (let i = 0; i < 3; i += 1) await microsOf(works[kind])
for (let repetition = 0; repetition < Number(values.repetitions); repetition += 1) {
  const all = new Map<LocalWork, number[]>(kinds.map((kind) => [kind, []]))
  for (let turn = 0; turn < turns; turn += 1) {
    for (const kind of kinds) all.get(kind)!.push(await microsOf(works[kind]))
  }
  for (const kind of kinds) run[kind].push(quantile(all.get(kind)!, 0.5))
}
console.log(JSON.stringify(run satisfies LocalCallRun))
await sidecar.close()
await endings.end()
exitWith(0)
