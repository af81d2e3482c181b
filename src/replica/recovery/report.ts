/** What `berth recover` tells a person: what it found, what it makes of it, and what is lost. */
import type { RecoveryPlan } from './plan.js'

/** @param where the database, without a password */
export function describePlan(
  { former, history, namespaces }: RecoveryPlan,
  where: string,
  cluster: string,
  id: number,
): string[] {
  const { index, term } = history.snapshot.meta
  const others = former.others.length === 0 ? 'none' : former.others.join(', ')
  return [
    `Cluster ${cluster}, replica ${id}: ${where}`,
    ...(former.latched === null ? [] : [`  marked as       "${former.latched}"`]),
    `  history         lineage ${former.lineage}`,
    `  log             through entry ${former.index} (term ${former.term})`,
    `  committed       ${tailOf(former)}`,
    `  voters          ${former.voters.join(', ')}`,
    'The new history:',
    `  voters          ${id} alone; ids never used again: ${others}`,
    `  begins at       entry ${index} (term ${term})`,
    ...namespaces.map(({ name, members, cordons, before, after }) => {
      const counts = `members: ${members}, cordoned: ${cordons}`
      return `  namespace       ${name} (${counts}): generation ${before} becomes ${after}`
    }),
    `Lost is whatever was committed after entry ${former.index}, on other replicas alone.`,
    'No other replica of this cluster may ever be started again on the database that it has.',
  ]
}

function tailOf({ index, commit }: RecoveryPlan['former']): string {
  if (commit >= index) return 'all of it, as far as this replica knows'
  const tail = commit + 1 === index ? `entry ${index} is` : `entries ${commit + 1} to ${index} are`
  return `through entry ${commit} for sure; ${tail} taken for committed too`
}
