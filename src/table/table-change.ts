/**
 * Tables as they travel: the change from one table to another, and its taking over. What arrives
 * is checked against the table that it is applied to and against the digest that it names, so that
 * nobody ever holds a table that nobody committed.
 */
import { BerthError } from '../errors/berth-error.js'
import { finish, SlicedJob, type Slices } from '../jobs/sliced-job.js'
import { rangeInWords } from '../versions/range.js'
import type { TableChange, TypeSet } from '../wire/messages.js'
import { compareText } from './code-point-order.js'
import { type Member, toWire } from './member.js'
import { hashScheme, Table, type TableShape } from './table.js'

/** Costs, in units of a budget. */
const lookedAtUnits = 60
const memberUnits = 0.2
const nameUnits = 1

/** What turns `from` into `to`; only type sets that `from` does not use are in it. At once. */
export function difference(from: Table, to: Table): TableChange {
  return finish(compare(from, to)).change
}

export interface Comparison {
  /** What turns the one table into the other: see `difference`. */
  readonly change: TableChange
  /** Ids of the type sets that its members had, and have then, rising. */
  readonly touched: readonly number[]
}

/** Compares two tables, in slices. */
export class DifferenceJob extends SlicedJob<Comparison> {
  constructor(from: Table, to: Table) {
    super(compare(from, to))
  }
}

function* compare(from: Table, to: Table): Slices<Comparison> {
  const upserts = []
  const removes = []
  const touched = new Set<number>()
  for (const found of from.memberDifferencesInSlices(to)) {
    if (found === null) {
      yield lookedAtUnits
      continue
    }
    const { key, before, after } = found
    for (const member of [before, after]) if (member !== undefined) touched.add(member.typeSet.id)
    if (after === undefined) removes.push(key)
    else upserts.push(toWire(after))
  }
  const digest = yield* to.digestInSlices()
  const typeSets = [...from.typeSets.missingFrom(to.typeSets)]
  const isWhole = from.generation === 0
  // A join is told to every sidecar: what says nothing is left out.
  const change: TableChange = {
    from: from.generation,
    to: to.generation,
    digest,
    ...(isWhole || to.factor !== from.factor ? { factor: to.factor } : {}),
    ...(isWhole || to.level !== from.level ? { level: to.level } : {}),
    ...(isWhole ? { hash: hashScheme } : {}),
    ...(typeSets.length > 0 ? { typeSets } : {}),
    upserts,
    ...(removes.length > 0 ? { removes } : {}),
  }
  return { change, touched: [...touched].sort((a, b) => a - b) }
}

/** The table as a change from nothing. */
export function whole(table: Table): TableChange {
  return difference(Table.empty(table.context, table.shape), table)
}

/**
 * The table after a change from outside. A change from 0 is a whole table: it is taken over
 * whatever this table is. The change has passed its schema. At once.
 *
 * @throws BerthError `table_mismatch` when the change is for another base, is of a feature level
 *   that is not known here, does not fit its contents, or does not give the digest that it names;
 *   this table is as it was
 */
export function applyChange(table: Table, change: TableChange): Table {
  return finish(takeChange(table, change))
}

/** Makes the table after a change from outside, in slices; `step` throws as `applyChange` does. */
export class ApplyChangeJob extends SlicedJob<Table> {
  constructor(table: Table, change: TableChange) {
    super(takeChange(table, change))
  }
}

function* takeChange(table: Table, change: TableChange): Slices<Table> {
  const shape = shapeAfter(table, change)
  const base = change.from === 0 ? Table.empty(table.context, shape) : table
  if (change.from !== base.generation) {
    throw mismatch(`is based on generation ${change.from}, held is ${base.generation}`)
  }
  if (change.to < change.from) throw mismatch(`goes back to generation ${change.to}`)
  const { removes = [] } = change
  const typeSets = learnTypeSets(base, change.typeSets ?? [])
  yield* checkNames(base, change.upserts, removes)
  const upserts: Member[] = []
  for (const { name, epoch, appId, types, cordoned = false } of change.upserts) {
    const typeSet = typeSets.get(types) ?? base.typeSet(types)
    if (typeSet === undefined) throw mismatch(`gives ${name} the unknown type set ${types}`)
    upserts.push({ name, epoch, appId, typeSet, cordoned })
    yield memberUnits
  }
  const result = yield* base.editInSlices({ generation: change.to, shape, upserts, removes })
  if (result.digest !== change.digest) {
    throw mismatch(`should give the digest ${change.digest}, it gives ${result.digest}`)
  }
  if (change.to === change.from && result.digest !== base.digest) {
    throw mismatch(`changes the table without a new generation`)
  }
  if (base !== table) result.takeRingsOf(table)
  return result
}

function shapeAfter(table: Table, change: TableChange): TableShape {
  const { factor = table.factor, level = table.level, hash: scheme = hashScheme } = change
  const { levels } = table.context
  if (!levels.knowsTable(level)) {
    const known = rangeInWords(levels)
    throw mismatch(`is of feature level ${level}, known are ${known}: upgrade this program`)
  }
  if ((scheme as string) !== hashScheme) throw mismatch(`needs the hash scheme ${scheme}`)
  return { factor, level }
}

function learnTypeSets(base: Table, sets: readonly TypeSet[]): ReadonlyMap<number, TypeSet> {
  const learned = new Map<number, TypeSet>()
  for (const { id, types } of sets) {
    if (learned.has(id) || base.typeSet(id) !== undefined) {
      throw mismatch(`names the type set ${id} anew`)
    }
    for (let i = 1; i < types.length; i += 1) {
      if (compareText(types[i - 1]!, types[i]!) >= 0) throw mismatch(`has type set ${id} unsorted`)
    }
    learned.set(id, { id, types })
  }
  return learned
}

function* checkNames(
  base: Table,
  upserts: readonly { readonly name: string }[],
  removes: readonly string[],
): Slices<void> {
  const names = new Set<string>()
  for (const name of removes) {
    if (names.has(name)) throw mismatch('removes a member twice')
    if (base.member(name) === undefined) throw mismatch(`removes ${name}, which is not a member`)
    names.add(name)
    yield nameUnits
  }
  for (const { name } of upserts) {
    if (names.has(name)) throw mismatch(`names ${name} twice`)
    names.add(name)
    yield nameUnits
  }
}

function mismatch(what: string): BerthError {
  return new BerthError('table_mismatch', `The table change ${what}.`)
}
