/**
 * Cuts what the leader writes about many hosts into commands by their bytes: the log takes no entry
 * above its limit, and one that is refused would be refused again for ever.
 */
import type { RemovedHost, UpsertedHost } from '../fsm/command.js'
import { commandBytesMax } from '../fsm/limits.js'
import type { SaidTypes } from '../fsm/said-types.js'
import { utf8Bytes } from '../wire/utf8-bytes.js'

/** Around a text in MessagePack, and for a number, at most; in bytes. */
const headBytesMax = 9
/** The names of the fields of a host, with room to spare. */
const fieldNamesBytes = 96

/** The bytes of one command as it is filled. */
export class CommandBytes {
  #bytes = 0

  /**
   * @param bytes of a host, at most
   * @returns whether it still fits in; the first one always does
   */
  add(bytes: number): boolean {
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
    const hostBytes = hostBytesMax(host)
    if (last !== undefined && bytes.add(hostBytes)) last.push(host)
    else {
      commands.push([host])
      bytes = new CommandBytes()
      bytes.add(hostBytes)
    }
  }
  return commands
}

/** At least what a host takes in the command by which it joins; its types are measured already. */
export function joiningBytesMax(host: Omit<UpsertedHost, 'types'>, types: SaidTypes): number {
  const { texts, bytes } = types
  return hostBytesMax({ ...host, types: [] }) + texts.length * headBytesMax + bytes
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
