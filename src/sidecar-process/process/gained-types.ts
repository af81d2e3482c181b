/** Of which types a host may own more by one table than by the one before. Pure. */
import type { Member } from '../../table/member.js'
import type { Table } from '../../table/table.js'

/** Members that are looked at; where more have changed, all types count as gained. */
const looksMax = 1_000

/** @returns in the order of the host's types; none for one that is no member */
export function gainedTypes(before: Table | null, after: Table, host: string): readonly string[] {
  const own = typesOf(after.member(host))
  const former = before?.member(host)
  const isNew = former === undefined || former.epoch !== after.member(host)?.epoch
  if (before === null || isNew || before.factor !== after.factor) return own
  const gained = new Set(lost(typesOf(after.member(host)), typesOf(former)))
  let looks = 0
  for (const { before: was, after: is } of before.memberDifferences(after)) {
    looks += 1
    if (gained.size >= own.length || looks > looksMax) return own
    if ((was ?? is)?.name === host) continue
    // Another incarnation of a host has the same place.
    for (const type of lost(typesOf(was), typesOf(is))) if (own.includes(type)) gained.add(type)
  }
  return own.filter((type) => gained.has(type))
}

function typesOf(member: Member | undefined): readonly string[] {
  return member === undefined || member.cordoned ? [] : member.typeSet.types
}

/** Those of the first that the second has not. */
function lost(all: readonly string[], without: readonly string[]): readonly string[] {
  return all.filter((type) => !without.includes(type))
}
