/** Which host names and addresses stay on this machine. Pure. */

/** IPv4 in four decimal parts, as the WHATWG URL parser writes every form of it. */
const ipv4Loopback = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/

/**
 * Whether an address can be reached from this machine only. Of names, `localhost` alone counts:
 * what any other name resolves to can change between this check and the binding.
 *
 * @param host a name, IPv4 or IPv6 (with or without brackets), in any case
 */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  if (plain === 'localhost' || plain === '::1') return true
  return ipv4Loopback.test(plain.replace(/^::ffff:/, ''))
}
