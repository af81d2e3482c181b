/** All doors, in the order in which they are tried. */

import { decodersDoor } from './decoders/door.js'
import type { Door } from './door.js'
import { natsDoor } from './nats/nats-door.js'
import { natsServerDoor } from './nats-server/nats-server-door.js'
import { peerDoor } from './peer/peer-door.js'
import { restDoor } from './rest/rest-door.js'
import { webSocketDoor } from './websocket/websocket-door.js'

export const doors: readonly Door[] = [
  ...[restDoor, webSocketDoor, peerDoor],
  ...[natsDoor, natsServerDoor, decodersDoor],
]
