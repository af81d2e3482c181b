/**
 * The one way in which an actor is named to an application: it may compare the text. Whoever calls
 * may percent-encode more or less than is needed.
 */
import type { ActorKey } from '../machine/ownership.js'

/** What `encodeURIComponent` leaves, and not all servers do. */
const leftOver = /[!'()*]/g

/** @returns `{type}/{id}`, percent-encoded but for A-Z a-z 0-9 . _ ~ -, in upper case */
export function spellActor({ type, id }: ActorKey): string {
  return `${spell(type)}/${spell(id)}`
}

function spell(name: string): string {
  return encodeURIComponent(name).replace(leftOver, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}
