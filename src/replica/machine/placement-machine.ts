/** The placement state as the Raft node drives it. */
import type { Applied, PlacementState } from '../../fsm/placement-state.js'
import type { StateMachine } from '../../raft/node/node-ports.js'

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
    restoring: () => state.restoring(),
  }
}
