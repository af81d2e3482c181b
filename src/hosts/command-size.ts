/**
 * Cuts what the leader writes about many hosts into commands. By their bytes: the log takes no
 * entry above its limit, and one that is refused would be refused again for ever. And by their
 * number: a command is applied in one go, and nothing else is done meanwhile.
 */
import type { RemovedHost, RetypedHost, UpsertedHost } from '../fsm/command.js'
import { commandBytesMax } from '../fsm/limits.js'
import type { SaidTypes } from '../fsm/said-types.js'
import { utf8Bytes } from '../wire/utf8-bytes.js'

/** Hosts in one command: applying it takes a few milliseconds. */
export const hostsPerCommandMax = 64

/** Around a text in MessagePack, and for a number, at most; in bytes. */
const headBytesMax = 9
/** The names of the fields of a host, with room to spare. */
const fieldNamesBytes = 96

/** One command as it is filled. */
export class CommandSize {
  #hosts = 0
  #bytes = 0

  /**
   * Whether a host still fits in; the first one always does.
   * @param bytes of it, at most
   */
  fits(bytes: number): boolean {
    if (this.#hosts === 0) return true
    return this.#hosts < hostsPerCommandMax && this.#bytes + bytes <= commandBytesMax
  }

  add(bytes: number): void {
    this.#hosts += 1
    this.#bytes += bytes
  }
}

/** The hosts in as many commands as they need, in order. */
export function inCommands<H extends UpsertedHost | RemovedHost>(hosts: readonly H[]): H[][] {
  const commands: H[][] = []
  let size = new CommandSize()
  for (const host of hosts) {
    const last = commands.at(-1)
    const bytes = hostBytesMax(host)
    if (last !== undefined && size.fits(bytes)) last.push(host)
    else {
      commands.push([host])
      size = new CommandSize()
    }
    size.add(bytes)
  }
  return commands
}

/**
 * At least what a host takes in the command by which it joins, or has other types; these are
 * measured already.
 */
export function joiningBytesMax(
  host: Omit<UpsertedHost, 'types'> | Omit<RetypedHost, 'types'>,
  types: SaidTypes,
): number {
  const { texts, bytes } = types
  return hostBytesMax({ ...host, types: [] }) + texts.length * headBytesMax + bytes
}

/** At least what the host takes in an encoded command. */
function hostBytesMax(host: UpsertedHost | RemovedHost | RetypedHost): number {
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
