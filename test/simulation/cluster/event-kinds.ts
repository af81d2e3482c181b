/** What the events of the cluster are, by number, beside those of the kernel. */
import { ownKindsFrom } from '../kernel/event-kinds.js'

export const clusterKind = {
  socket: ownKindsFrom,
  nats: ownKindsFrom + 1,
  caller: ownKindsFrom + 2,
  release: ownKindsFrom + 3,
  stop: ownKindsFrom + 4,
} as const
