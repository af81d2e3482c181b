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
  const gained = new Set(lost(own, typesOf(former)))
  // Of these it may gain actors yet.
  const rest = new Set(lost(own, [...gained]))
  let looks = 0
  for (const { before: was, after: is } of before.memberDifferences(after)) {
    looks += 1
    if (looks > looksMax) return own
    if (rest.size === 0) break
    if ((was ?? is)?.name === host) continue
    // Another incarnation of a host has the same place.
    for (const type of lost(typesOf(was), typesOf(is))) if (rest.delete(type)) gained.add(type)
  }
  return own.filter((type) => gained.has(type))
}

function typesOf(member: Member | undefined): readonly string[] {
  return member === undefined || member.cordoned ? [] : member.typeSet.types
}

/** Those of the first that the second has not. */
function lost(all: readonly string[], without: readonly string[]): readonly string[] {
  if (all === without || all.length === 0) return []
  if (without.length === 0) return all
  const others = new Set(without)
  return all.filter((type) => !others.has(type))
}
