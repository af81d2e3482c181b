/** Tells who dials a replica, by the hello with which a connection between replicas begins. */
import { handshakeBytesMax } from '../../../src/raft/node/frame-limits.js'
import { decodeHello } from '../../../src/raft/node/identity/handshake.js'
import { FrameReader } from '../../../src/raft/peers/peer-socket.js'

/** Id of the dialling replica; null while the hello has not come whole. @throws what is no peer */
export function dialledBy(beginning: Buffer): number | null {
  const reader = new FrameReader()
  reader.push(beginning)
  if (reader.readPreamble() === null) return null
  const hello = reader.readFrame(handshakeBytesMax)
  return hello === null ? null : decodeHello(hello.body).shown.replicaId
}
