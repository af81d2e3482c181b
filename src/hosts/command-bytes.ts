/**
 * Cuts what the leader writes about many hosts into commands by their bytes: the log takes no entry
 * above its limit, and one that is refused would be refused again for ever.
 */
import type { RemovedHost, UpsertedHost } from '../fsm/command.js'
import { commandBytesMax } from '../fsm/limits.js'
import { utf8Bytes } from '../wire/utf8-bytes.js'

/** Around a text in MessagePack, and for a number, at most; in bytes. */
const headBytesMax = 9
/** The names of the fields of a host, with room to spare. */
const fieldNamesBytes = 96

/** The bytes of one command as it is filled. */
export class CommandBytes {
  #bytes = 0

  /** @returns whether the host still fits in; the first one always does */
  add(host: UpsertedHost | RemovedHost): boolean {
    const bytes = hostBytesMax(host)
    if (this.#bytes > 0 && this.#bytes + bytes > commandBytesMax) return false
    this.#bytes += bytes
    return true
  }
}

/** The hosts in as many commands as they need, in order. */
export function inCommands<H extends UpsertedHost | RemovedHost>(hosts: readonly H[]): H[][] {
  const commands: H[][] = []
  let bytes = new CommandBytes()
  for (const host of hosts) {
    const last = commands.at(-1)
    if (last !== undefined && bytes.add(host)) last.push(host)
    else {
      commands.push([host])
      bytes = new CommandBytes()
      bytes.add(host)
    }
  }
  return commands
}

/** At least what the host takes in an encoded command. */
function hostBytesMax(host: UpsertedHost | RemovedHost): number {
  let bytes = fieldNamesBytes
  for (const value of Object.values(host)) {
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value]
    bytes += headBytesMax
    for (const text of texts) {
      bytes += headBytesMax + (typeof text === 'string' ? utf8Bytes(text) : 0)
    }
  }
  return bytes
}
