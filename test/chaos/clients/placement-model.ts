/**
 * What clients may see of a namespace whose members stay: its generation and which names are
 * cordoned. Each change of a member's cordon makes one generation, so an answer tells where in the
 * order of all changes it stands.
 */
import type { Model } from '../../linearizability/history.js'

export type ReadMode = 'default' | 'consistent'

export type PlacementAction =
  | {
      readonly kind: 'cordon'
      readonly namespace: string
      readonly name: string
      readonly cordoned: boolean
      /** null: none came. */
      readonly answer: { readonly changed: boolean; readonly generation: number } | null
    }
  | {
      readonly kind: 'read'
      readonly namespace: string
      readonly mode: ReadMode
      readonly generation: number
      /** Members, by name. */
      readonly cordoned: readonly string[]
    }

export interface Placement {
  readonly generation: number
  /** Members or not, by name. */
  readonly cordoned: readonly string[]
}

export function placementModel(
  initial: Placement,
  members: readonly string[],
): Model<Placement, PlacementAction> {
  return {
    initial,
    key: ({ generation, cordoned }) => `${generation} ${cordoned.join(' ')}`,
    isRead: ({ kind }) => kind === 'read',
    step: (state, action) => {
      if (action.kind === 'read') {
        const seen = state.cordoned.filter((name) => members.includes(name))
        const fits = action.generation === state.generation && sameNames(action.cordoned, seen)
        return fits ? state : null
      }
      const { name, cordoned, answer } = action
      const changed = state.cordoned.includes(name) !== cordoned
      const after = changed ? changeCordon(state, name, cordoned, members) : state
      if (answer === null) return after
      return answer.changed === changed && answer.generation === after.generation ? after : null
    },
  }
}

function changeCordon(
  state: Placement,
  name: string,
  cordoned: boolean,
  members: readonly string[],
): Placement {
  const others = state.cordoned.filter((one) => one !== name)
  return {
    generation: state.generation + (members.includes(name) ? 1 : 0),
    cordoned: cordoned ? [...others, name].sort() : others,
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}
