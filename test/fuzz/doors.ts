/** All doors, in the order in which they are tried. */
import type { Door } from './door.js'
import { restDoor } from './rest/rest-door.js'

export const doors: readonly Door[] = [
  restDoor, //
]
