/** Tables as they travel: a change is taken over whole, or not at all. */
import { createHasher } from '../../../src/hash/hasher.js'
import type { Member } from '../../../src/table/member.js'
import type { Table } from '../../../src/table/table.js'
import { applyChange, difference, whole } from '../../../src/table/table-change.js'
import { createTableContext, type TableContext } from '../../../src/table/table-context.js'
import type { TableChange } from '../../../src/wire/messages.js'
import { createWireAjv } from '../../../src/wire/validate.js'
import type { Random } from '../../simulation/kernel/random.js'
import { member, tableOf, typeSet } from '../../table/tables.js'
import { asyncapi } from '../generator/documents.js'
import { withFault } from '../generator/faults.js'
import { Values } from '../generator/values.js'
import { type Judge, refused, type Trial } from './trial.js'

const inputsPerCase = 15
const schema = { $ref: '#/components/schemas/TableChange' }
const sets = [typeSet(1, 'Cart'), typeSet(2, 'Cart', 'Order'), typeSet(3, 'Stock')]

export async function tableTrials(): Promise<Trial[]> {
  const context = createTableContext(await createHasher())
  const values = new Values(asyncapi())
  const fits = createWireAjv().compile({ $ref: 'berth#/components/schemas/TableChange' })
  const isChange = (value: unknown): value is TableChange => fits(value)
  return [
    { name: 'tables', run: (random, judge) => tryTables(context, values, isChange, random, judge) },
  ]
}

function someTable(context: TableContext, generation: number, random: Random): Table {
  const count = random.below(8)
  const members = Array.from({ length: count }, (_, i): Member => {
    const cordoned = random.chance(0.2)
    return member(`10.0.0.${i}:1`, random.between(1, 9), random.pick(sets), { cordoned })
  })
  return tableOf(context, generation, members)
}

function tryTables(
  context: TableContext,
  values: Values,
  isChange: (value: unknown) => value is TableChange,
  random: Random,
  judge: Judge,
): number {
  const base = someTable(context, 5, random)
  const next = someTable(context, 6, random)
  const change = random.chance(0.5) ? difference(base, next) : whole(next)
  const taken = judge.attempt('a change', change, [], () => applyChange(base, change))
  if (taken !== refused) judge.same('a change', change, next.digest, taken.digest)
  for (let i = 1; i < inputsPerCase; i += 1) {
    const faulty = random.chance(0.1)
      ? values.valid(schema, random)
      : withFault(change, schema, values.schemas, random)
    if (isChange(faulty)) tryChange(base, faulty, judge)
  }
  return inputsPerCase
}

function tryChange(base: Table, change: TableChange, judge: Judge): void {
  const before = base.digest
  const codes = ['table_mismatch'] as const
  const table = judge.attempt('applyChange', change, codes, () => applyChange(base, change))
  judge.same('the table before', change, before, base.digest)
  if (table === refused) return
  judge.same('the digest', change, change.digest, table.digest)
  const again = judge.attempt('the whole of it', change, [], () => applyChange(base, whole(table)))
  if (again !== refused) judge.same('the whole of it', change, table.digest, again.digest)
  judge.attempt('who owns', change, [], () =>
    ['Cart', 'Nobody'].map((type) => table.owner(type, 'a')),
  )
}
