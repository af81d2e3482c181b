/** Values written as JSON, as nobody should write them: what is wrong is the writing. */
import type { Random } from '../../simulation/kernel/random.js'
import { illFormedTexts } from './words.js'

/** As `JSON.stringify`, with the numbers that JSON has no form for, and half surrogates escaped. */
export function toJson(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, item]) => {
      return `${JSON.stringify(name)}:${toJson(item)}`
    })
    return `{${fields.join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0'
  return String(value)
}

type Twist = (json: string, random: Random) => string | Buffer

const nested = (open: string, close: string, levels: number) =>
  open.repeat(levels) + close.repeat(levels)

const twists: readonly Twist[] = [
  // Fields that are there twice: the last one counts, whatever the first one was.
  (json, random) => json.replace(/^\{/, `{${random.pick(repeated)},`),
  (json) => json.replace(/^\{("\w+"):/, '{$1:null,$1:'),
  (json) => json.replace(/\}$/, ',"__proto__":{"kind":"hello","admin":true}}'),
  (json) => json.replace(/\}$/, ',"constructor":{"prototype":{"x":1}}}'),
  (json) => `${json},`,
  (json) => `${json}${json}`,
  (json) => `\ufeff${json}`,
  (json) => `// c\n${json}`,
  (json) => json.replaceAll('"', "'"),
  (json) => ` \t\r\n${json}${' '.repeat(5_000)}`,
  (json) => json.replace(/:(\d+)/, ':1e999'),
  (json) => json.replace(/:(\d+)/, ':-0'),
  (json) => json.replace(/:(\d+)/, ':0$1'),
  (json) => json.replace(/:(\d+)/, `:${'9'.repeat(1_000)}`),
  (json) => json.replace(/:(\d+)/, ':0.1e-999'),
  (json) => json.replace(/:(\d+)/, ':$1.0'),
  (json) => json.replace(/:"(\w)/, ':"\\ud800$1'),
  (json) => json.replace(/:"(\w)/, ':"\\u0000$1'),
  (json, random) => json.replace(/:"(\w)/, `:"${random.pick(illFormedTexts)}$1`),
  (json, random) => json.slice(0, random.below(json.length + 1)),
  (json, random) => `${json.slice(0, random.below(json.length + 1))}"\u0001`,
  () => nested('[', ']', 5_000),
  () => '['.repeat(20_000),
  () => '{"kind":'.repeat(4_000),
  () => `{"kind":${nested('[', ']', 5_000)}}`,
  () => '"',
  () => '',
  () => 'null',
  () => '-',
  (json) => Buffer.from(json, 'utf16le'),
  (json) => Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from([0xff, 0xfe, 0x7d])]),
  (json) => Buffer.from(json.replace(/:"/, ':"\u00e9'), 'latin1'),
]

const repeated = ['"kind":"hello"', '"kind":"get"', '"__proto__":null', '"":0', '"id":1,"id":2']

/** @returns the bytes of a text that is JSON no more, or only just */
export function twistedJson(value: unknown, random: Random): Buffer {
  const twisted = random.pick(twists)(toJson(value), random)
  return Buffer.isBuffer(twisted) ? twisted : Buffer.from(twisted)
}
