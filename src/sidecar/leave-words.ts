/** Why a host that left has not handed everything over, in words. Pure. */
import { fenceWords } from './fence-words.js'
import type { LeaveFault } from './leaving.js'

export function leaveWords(fault: LeaveFault): string {
  switch (fault.kind) {
    case 'fenced':
      return (
        'This host was fenced while it left, so its actors were not handed over: they were ' +
        `stopped, and begin elsewhere when its lease is over. Why: ${fenceWords(fault.reason)}.`
      )
    case 'not-stopped':
      return (
        'This host was fenced, and it was not confirmed that its actors have stopped: what still ' +
        `runs of them is to be ended. Why it was fenced: ${fenceWords(fault.reason)}.`
      )
    case 'unanswered':
      return 'No replica has said in time that all went over: the cluster waits for the lease.'
    case 'given-up':
      return 'It was ended before everything was handed over: the cluster waits for the lease.'
    default:
      return fault satisfies never
  }
}
