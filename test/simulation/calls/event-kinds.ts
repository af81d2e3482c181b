/** What the events of calls are, by number, beside those of the kernel. */
import { ownKindsFrom } from '../kernel/event-kinds.js'

export const callKind = {
  caller: ownKindsFrom + 16,
  placement: ownKindsFrom + 17,
  hop: ownKindsFrom + 18,
  application: ownKindsFrom + 19,
  deadline: ownKindsFrom + 20,
} as const
