/** Addresses as texts: each has one spelling, and what is wrong with another is said in words. */
import { describe, expect, test } from 'vitest'
import { addressFault, canonicalHost, reachableFault } from '../../src/wire/address.js'
import { createWireAjv } from '../../src/wire/validate.js'

const good = [
  'a:1',
  'cart-1:7999',
  'cart-1.shop.svc.cluster.local:65535',
  '1e100.net:80',
  'a.b-c.xn--mnchen-3ya:443',
  '10.0.0.7:7999',
  '255.255.255.255:1',
  '[fd00::7]:7999',
  '[::1]:80',
  '[2001:db8::8:800:200c:417a]:7999',
  '[2001:db8:0:1:1:1:1:1]:7999',
]

test.for(good)('an address may be written %s', (address) => {
  expect(reachableFault(address)).toBeNull()
})

const bad: readonly (readonly [string, RegExp])[] = [
  ['cart_1:7999', /^a host has letters, digits, "-" and "\." alone, and this has _$/],
  ['cart 1:7999', /and this has another character$/],
  ['münchen:7999', /and this has another character$/],
  ['cart/1:7999', /and this has \/$/],
  ['cart-1', /^it has no port: write it as cart-1:7999$/],
  ['10.0.0.7', /^it has no port/],
  ['cart-1:', /^the port is a number from 1 to 65535$/],
  ['cart-1:0', /^the port is/],
  ['cart-1:65536', /^the port is/],
  ['cart-1:07999', /^the port is/],
  ['cart-1:http', /^the port is/],
  ['cart-1.:7999', /^leave out the dot at the end of the host$/],
  ['-a:1', /^a host begins and ends with a letter or a digit$/],
  ['a-:1', /^a host begins and ends/],
  ['.a:1', /^a host begins and ends/],
  [':7999', /^it has no host before the port$/],
  ['', /^it has no port/],
  [`${'a'.repeat(254)}:1`, /^a host has at most 253 characters$/],
  ['http://cart-1:7999', /^it is a URL/],
  ['http://cart-1', /^it is a URL/],
  ['cart-1:7999:1', /^an IPv6 address stands in brackets/],
  ['fd00::7:7999', /^an IPv6 address stands in brackets: \[fd00::1\]:7999$/],
  ['[fd00::7]', /^behind the brackets stand a colon and the port/],
  ['[fd00::7]7999', /^behind the brackets/],
  ['[fd00::7::1]:7999', /^what is in brackets is no IPv6 address$/],
  ['[cart-1]:7999', /^what is in brackets is no IPv6 address$/],
  ['[10.0.0.7]:7999', /^what is in brackets is no IPv6 address$/],
  ['[]:7999', /^what is in brackets/],
  ['[fe80::1%eth0]:7999', /^an address of one link alone/],
  ['256.0.0.1:7999', /^256\.0\.0\.1 is no address$/],
  ['1.2.3.4.5:7999', /is no address$/],
  ['Cart-1:7999', /^write cart-1:7999$/],
  ['[FD00::7]:7999', /^write \[fd00::7\]:7999$/],
  ['[fd00:0:0:0:0:0:0:7]:7999', /^write \[fd00::7\]:7999$/],
  ['[fd00::0007]:7999', /^write \[fd00::7\]:7999$/],
  ['[2001:db8::1:1:1:1:1]:7999', /^write \[2001:db8:0:1:1:1:1:1\]:7999$/],
  ['[2001:db8:0:0:1:0:0:1]:7999', /^write \[2001:db8::1:0:0:1\]:7999$/],
  ['[::ffff:10.0.0.7]:7999', /^write 10\.0\.0\.7:7999$/],
  ['[::ffff:a00:7]:7999', /^write 10\.0\.0\.7:7999$/],
  ['010.0.0.7:7999', /^write 8\.0\.0\.7:7999$/],
  ['10.7:7999', /^write 10\.0\.0\.7:7999$/],
  ['0x0a000007:7999', /^write 10\.0\.0\.7:7999$/],
  ['167772167:7999', /^write 10\.0\.0\.7:7999$/],
  ['[::ffff:0.0.0.0]:7999', /^write 0\.0\.0\.0:7999$/],
]

test.for(bad)('an address may not be written "%s"', ([address, words]) => {
  expect(addressFault(address)).toMatch(words)
  expect(reachableFault(address)).toMatch(words)
})

test.for(['0.0.0.0:7999', '[::]:7999'])('%s is one, and nobody is reached there', (address) => {
  expect(addressFault(address)).toBeNull()
  expect(reachableFault(address)).toMatch(/^that stands for all addresses of a machine; name one/)
})

test('more characters may be allowed in a host', () => {
  expect(addressFault('cart_1:7999', '_')).toBeNull()
  expect(addressFault('cart_1.:7999', '_')).toMatch(/dot/)
})

test('a host in its one spelling stays as it is', () => {
  for (const host of ['A.b.', 'FD00:0::7', '0x7f.1', '::FFFF:1.2.3.4']) {
    const canonical = canonicalHost(host)!
    expect(canonicalHost(canonical)).toBe(canonical)
  }
})

describe('the schema of addresses', () => {
  const fits = createWireAjv().compile({ $ref: 'berth#/components/schemas/HostAddress' })

  test('takes what is one, and nothing else', () => {
    for (const address of good) expect(fits(address), address).toBe(true)
    const others = [...bad.map(([address]) => address), '0.0.0.0:7999', '[::]:7999']
    for (const address of others) expect(fits(address), address).toBe(false)
  })
})
