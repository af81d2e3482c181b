/** The placement state as the Raft node drives it. */
import type { Applied, PlacementState } from '../fsm/placement-state.js'
import type { Restoring, StateMachine } from '../raft/node/node-ports.js'

export function placementMachine(state: PlacementState): StateMachine<Applied> {
  return {
    apply: (entry) => {
      const applied = state.apply(entry)
      if (applied === null) throw new Error(`entry ${entry.index} was applied before`)
      return applied
    },
    get digest() {
      return state.digest
    },
    snapshot: () => state.snapshotChunks(),
    restoring: () => restoringOf(state),
  }
}

/** Collects the chunks, and takes all of them over in one step. */
function restoringOf(state: PlacementState): Restoring {
  const chunks: Uint8Array[] = []
  let hasEnded = false
  return {
    add: (chunk) => void chunks.push(chunk),
    end: () => {
      hasEnded = true
    },
    step: () => {
      if (hasEnded) state.restore(chunks.splice(0))
      hasEnded = false
      return true
    },
  }
}
