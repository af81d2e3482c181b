/**
 * Tables as they travel: the change from one table to another, and its taking over. What arrives
 * is checked against the table that it is applied to and against the digest that it names, so that
 * nobody ever holds a table that nobody committed.
 */
import { BerthError } from '../errors/berth-error.js'
import { rangeInWords } from '../versions/range.js'
import type { TableChange, TypeSet } from '../wire/messages.js'
import { compareText } from './code-point-order.js'
import { type Member, sameMember, toWire } from './member.js'
import { hashScheme, Table } from './table.js'

/** What turns `from` into `to`; only type sets that `from` does not use are in it. */
export function difference(from: Table, to: Table): TableChange {
  const upserts = []
  const removes = []
  for (const { key, after } of from.memberDifferences(to, sameMember)) {
    if (after === undefined) removes.push(key)
    else upserts.push(toWire(after))
  }
  const typeSets = [...from.typeSets.missingFrom(to.typeSets)]
  const isWhole = from.generation === 0
  // A join is told to every sidecar: what says nothing is left out.
  return {
    from: from.generation,
    to: to.generation,
    digest: to.digest,
    ...(isWhole || to.factor !== from.factor ? { factor: to.factor } : {}),
    ...(isWhole || to.level !== from.level ? { level: to.level } : {}),
    ...(isWhole ? { hash: hashScheme } : {}),
    ...(typeSets.length > 0 ? { typeSets } : {}),
    upserts,
    ...(removes.length > 0 ? { removes } : {}),
  }
}

/** The table as a change from nothing. */
export function whole(table: Table): TableChange {
  return difference(Table.empty(table.context, table.shape), table)
}

/**
 * The table after a change from outside. A change from 0 is a whole table: it is taken over
 * whatever this table is. The change has passed its schema.
 *
 * @throws BerthError `table_mismatch` when the change is for another base, is of a feature level
 *   that is not known here, does not fit its contents, or does not give the digest that it names;
 *   this table is as it was
 */
export function applyChange(table: Table, change: TableChange): Table {
  const { factor = table.factor, level = table.level, removes = [] } = change
  const { hash: scheme = hashScheme } = change
  const { levels } = table.context
  if (!levels.knowsTable(level)) {
    const known = rangeInWords(levels)
    throw mismatch(`is of feature level ${level}, known are ${known}: upgrade this program`)
  }
  const shape = { factor, level }
  const base = change.from === 0 ? Table.empty(table.context, shape) : table
  if (change.from !== base.generation) {
    throw mismatch(`is based on generation ${change.from}, held is ${base.generation}`)
  }
  if (change.to < change.from) throw mismatch(`goes back to generation ${change.to}`)
  if ((scheme as string) !== hashScheme) throw mismatch(`needs the hash scheme ${scheme}`)
  const typeSets = learnTypeSets(base, change.typeSets ?? [])
  const upserts = change.upserts.map(({ name, epoch, appId, types, cordoned = false }): Member => {
    const typeSet = typeSets.get(types) ?? base.typeSet(types)
    if (typeSet === undefined) throw mismatch(`gives ${name} the unknown type set ${types}`)
    return { name, epoch, appId, typeSet, cordoned }
  })
  checkNames(base, upserts, removes)
  const result = base.edit({ generation: change.to, shape, upserts, removes })
  if (result.digest !== change.digest) {
    throw mismatch(`should give the digest ${change.digest}, it gives ${result.digest}`)
  }
  if (change.to === change.from && result.digest !== base.digest) {
    throw mismatch(`changes the table without a new generation`)
  }
  if (base !== table) result.mergeRingsOf(table, namesThatDiffer(table, result))
  return result
}

/** Names of the members by which two tables differ, in code point order. */
export function namesThatDiffer(a: Table, b: Table): string[] {
  return [...a.memberDifferences(b, sameMember)].map(({ key }) => key)
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

function checkNames(base: Table, upserts: readonly Member[], removes: readonly string[]): void {
  const names = new Set<string>(removes)
  if (names.size !== removes.length) throw mismatch('removes a member twice')
  for (const name of removes) {
    if (base.member(name) === undefined) throw mismatch(`removes ${name}, which is not a member`)
  }
  for (const { name } of upserts) {
    if (names.has(name)) throw mismatch(`names ${name} twice`)
    names.add(name)
  }
}

function mismatch(what: string): BerthError {
  return new BerthError('table_mismatch', `The table change ${what}.`)
}
