/** Texts and numbers that programs trip over, and ordinary ones. */
import type { Random } from '../../simulation/kernel/random.js'

const halfPair = String.fromCharCode(0xd800)

/** Well-formed Unicode, and still nothing that anybody would call ordinary. */
const oddTexts: readonly string[] = [
  ...['', ' ', '.', '..', '/', '//', '\\', '%', '%2F', '%00', '\u0000', '\n', '\r\n', '\t'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'null', 'undefined'],
  ...['true', 'false', 'NaN', 'Infinity', '-Infinity', '-0', '0x10', '1e3', '+1', ' 1', '1 '],
  ...['1.0', '01', '9007199254740992', '1e400', '\u0661', '1_000', '-1', '*', '>', '$SYS.>'],
  ...[
    'a.b.c',
    'a b',
    '"',
    "'",
    '`',
    '<script>',
    '&amp;',
    '\u0024{x}',
    '{{x}}',
    '; drop table entry',
  ],
  ...[
    '\ufeff',
    '\u200b',
    '\u202e',
    '\u0301',
    'e\u0301',
    '\u00e9',
    '\ufffd',
    '\uffff',
    '\u{10ffff}',
  ],
  ...['\u{1f980}', '\u6f22\u5b57', '\u0130', '\u017f', 'ss\u1e9e', '\u2028', '\u0085', '\u00a0'],
]

/** No text in UTF-8. */
export const illFormedTexts: readonly string[] = [
  halfPair,
  `a${halfPair}b`,
  `${String.fromCharCode(0xdc00)}${halfPair}`,
  `\u{1f980}${String.fromCharCode(0xdfff)}`,
]

/** What people take for addresses; each is another spelling of one, or none. */
export const oddAddresses: readonly string[] = [
  ...['cart_1:7999', 'cart-1', 'cart-1.:7999', 'Cart-1:7999', '0.0.0.0:7999', '[::]:7999'],
  ...['[FD00::7]:7999', '[fd00:0::7]:7999', 'fd00::7:7999', '[::ffff:10.0.0.7]:7999'],
  ...['010.0.0.7:7999', '0xa.7:7999', '0:7999', '[fe80::1%lo]:7999', 'http://a:7999', 'a:07999'],
]

/** The forms in which people and programs write what is no whole number in decimal digits. */
export const oddNumberTexts: readonly string[] = [
  ...['', ' ', '+1', '-1', '-0', '1.0', '1.5', '1e3', '1E3', '0x10', '0b1', '0o7', '010', '00'],
  ...['1_000', '1,000', ' 1', '1 ', '1\n', '\u0661', '\uff11', 'NaN', 'nan', 'Infinity'],
  ...['-Infinity', 'inf', '1e400', '1e-400', '9007199254740992', '18446744073709551616'],
  ...['9'.repeat(400), '0.'.padEnd(300, '3'), 'null', 'true', '[1]', '{}', '1n', '\u00bd', '٣'],
]

/** Whole numbers at which something ends. */
const edges: readonly number[] = [
  ...[0, 1, 2, 3, 7, 63, 64, 127, 128, 255, 256, 1_000, 1_023, 1_024, 4_096, 65_535, 65_536],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33, 2 ** 47, 2 ** 48, 2 ** 52, 2 ** 52 + 1],
  ...[2 ** 53 - 2, 2 ** 53 - 1],
]

/** Numbers that are no count, though each is a number of JSON or MessagePack. */
export const oddNumbers: readonly number[] = [
  ...[-1, -0, 0.5, 1.5, -1e-9, 2 ** 53, 2 ** 64, 1e21, 1e308, -(2 ** 31), -(2 ** 53), 5e-324],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
]

const hosts: readonly string[] = [
  ...['a', 'cart-1', 'cart-1.shop.svc', '10.0.0.7', '255.255.255.255'],
  ...['[fd00::7]', '[::1]', '[2001:db8::8:800:200c:417a]'],
]

/** An address in its one spelling. */
export function address(random: Random): string {
  return `${random.pick(hosts)}:${random.pick([1, 80, 5_000, 65_535])}`
}

/** A whole number of this range, often at one of its ends. */
export function wholeNumber(random: Random, least: number, most: number): number {
  const inside = edges.filter((edge) => edge >= least && edge <= most)
  const drawn = random.between(least, Math.min(most, least + 10))
  return random.pick([least, most, drawn, random.pick(inside.length > 0 ? inside : [least])])
}

/** Well-formed text of so many UTF-16 units and bytes of UTF-8 at most. */
export function text(random: Random, unitsMin: number, unitsMax: number, bytesMax: number): string {
  const odd = random.pick(oddTexts)
  if (random.chance(0.4) && fits(odd, unitsMin, unitsMax, bytesMax)) return odd
  const alphabet = random.pick(['a', 'Aa0-_.', 'aé漢', '\u{1f980}x', ' /%?#&=', '\u0001\u007f"\\'])
  const characters = [...alphabet]
  const most = Math.min(unitsMax, bytesMax)
  const length = random.pick([unitsMin, most, random.between(unitsMin, Math.min(most, 24))])
  let made = ''
  while (made.length < length) {
    const next = made + random.pick(characters)
    if (!fits(next, 0, unitsMax, bytesMax)) break
    made = next
  }
  return made.length < unitsMin ? made.padEnd(unitsMin, 'x') : made
}

function fits(made: string, unitsMin: number, unitsMax: number, bytesMax: number): boolean {
  const isInRange = made.length >= unitsMin && made.length <= unitsMax
  return isInRange && Buffer.byteLength(made) <= bytesMax
}
