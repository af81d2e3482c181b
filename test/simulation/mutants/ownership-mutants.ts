/** Bugs that give an actor two owners or a caller a wrong one, or keep somebody waiting for ever. */

import { identityMutants } from './identity-mutants.js'
import { leaseMutants } from './lease-mutants.js'
import type { Mutant } from './mutant.js'
import { recoveryMutants } from './recovery-mutants.js'
import { roundMutants } from './round-mutants.js'
import { sessionMutants } from './session-mutants.js'
import { timeMutants } from './time-mutants.js'
import { typeMutants } from './type-mutants.js'

export const ownershipMutants: readonly Mutant[] = [
  ...roundMutants,
  ...leaseMutants,
  ...sessionMutants,
  ...identityMutants,
  ...recoveryMutants,
  ...timeMutants,
  ...typeMutants,
]
