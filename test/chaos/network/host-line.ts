/** Tells which host asks a replica, by a header of the request with which its connection begins. */
import { hostHeader } from '../hosts/actors.mjs'

const headBytesMax = 16_384
const endOfHead = '\r\n\r\n'

/**
 * `nobody`: a caller, or another program. null while the head of the request has not come whole.
 * @throws what has no head
 */
export function hostThatAsks(beginning: Buffer): number | 'nobody' | null {
  const text = beginning.toString('latin1')
  const end = text.indexOf(endOfHead)
  if (end < 0 && beginning.length > headBytesMax) throw new Error('this is no HTTP')
  if (end < 0) return null
  for (const line of text.slice(0, end).split('\r\n')) {
    const [name = '', value = ''] = line.split(': ')
    if (name.toLowerCase() === hostHeader) return Number(value)
  }
  return 'nobody'
}
