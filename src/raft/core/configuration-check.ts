/**
 * What no replica could use or read back, whoever made it: a host, an operator, another replica.
 * The codec, the door for messages, proposals and the constructor all ask here, so what one of them
 * takes the others take as well.
 */
import type {
  Configuration,
  ConfigurationChange,
  ConfigurationProposal,
  MemberChange,
  ReplicaId,
  Transition,
} from './entry.js'
import { isReplicaId, membersMax } from './limits.js'

export const memberKinds = ['voter', 'learner', 'remove'] as const satisfies readonly Kind[]
export const transitions = ['auto', 'implicit', 'explicit'] as const satisfies readonly Transition[]

type Kind = MemberChange['kind']

/** Why a configuration cannot be; null if it can. One without anybody at all may be. */
export function contradictionIn(configuration: Configuration): string | null {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration
  const lists = [voters, votersOutgoing, learners, learnersNext]
  if (!lists.every(Array.isArray)) return 'a list is missing'
  if (typeof autoLeave !== 'boolean') return 'autoLeave is neither true nor false'
  const ids = new Set(lists.flat())
  if (![...ids].every(isReplicaId)) return 'an id is not a whole number above 0'
  if (lists.some((list) => !isRising(list))) return 'ids are not in rising order'
  if (ids.size > membersMax) return `there are more than ${membersMax} replicas`
  const votes = (id: ReplicaId) => voters.includes(id) || votersOutgoing.includes(id)
  if (learners.some(votes)) return 'a learner votes'
  if (learnersNext.some((id) => voters.includes(id) || !votersOutgoing.includes(id))) {
    return 'somebody other than a leaving voter is a learner next'
  }
  if (autoLeave && votersOutgoing.length === 0) return 'there is nothing to leave'
  return voters.length === 0 && ids.size > 0 ? 'nobody would vote' : null
}

/** Why a change could not be written and read again, whatever it is to change; null if it could. */
export function faultInChange(change: ConfigurationChange): string | null {
  switch (change.kind) {
    case 'begin': {
      const { configuration } = change
      const contradiction = contradictionIn(configuration)
      if (contradiction !== null) return `a configuration where ${contradiction}`
      return configuration.voters.length === 0 ? 'a beginning without a voter' : null
    }
    case 'change':
      return faultInMembers(change) ?? faultInContext(change)
    case 'leave':
      return faultInContext(change)
    default:
      return 'a change of no kind that is known'
  }
}

function faultInMembers({
  transition,
  changes,
}: Extract<ConfigurationProposal, { kind: 'change' }>): string | null {
  if (!transitions.includes(transition)) return 'a transition of no kind that is known'
  if (!Array.isArray(changes) || changes.length === 0) return 'the change names no replica'
  if (changes.length > membersMax) return `the change names replicas more than ${membersMax} times`
  for (const { kind, id } of changes) {
    if (!memberKinds.includes(kind)) return 'a member of no kind that is known'
    if (!isReplicaId(id)) return `${id} is not a replica's number: whole and above 0`
  }
  return null
}

function faultInContext({ context }: ConfigurationProposal): string | null {
  return context instanceof Uint8Array ? null : 'the context of the change is not bytes'
}

function isRising(ids: readonly ReplicaId[]): boolean {
  return ids.every((id, i) => i === 0 || ids[i - 1]! < id)
}
