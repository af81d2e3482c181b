/**
 * Texts that fit a regular expression, of the kind that schemas have: anchored, of characters,
 * classes, groups, alternatives and counts. What else there is in regular expressions is refused.
 */
import type { Random } from '../../simulation/kernel/random.js'

type Node =
  | { readonly kind: 'class'; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly of: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly least: number; readonly most: number }

/** Of `*` and `+`, which have no end. */
const unboundedMax = 40
const digits: readonly [number, number] = [48, 57]

/** @param pattern of a schema, from `^` to `$` */
export function samplePattern(pattern: string, random: Random): string {
  return sample(new PatternReader(pattern).read(), random)
}

function sample(node: Node, random: Random): string {
  switch (node.kind) {
    case 'class': {
      const [from, to] = random.pick(node.ranges)
      return String.fromCharCode(random.between(from, to))
    }
    case 'sequence':
      return node.parts.map((part) => sample(part, random)).join('')
    case 'choice':
      return sample(random.pick(node.of), random)
    case 'repeat': {
      const { least, most } = node
      // Often the ends, where the mistakes are.
      const drawn = random.between(least, Math.min(most, least + 12))
      const count = random.pick([least, most, drawn, drawn, drawn])
      return Array.from({ length: count }, () => sample(node.of, random)).join('')
    }
  }
}

class PatternReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Node {
    this.#expect('^')
    const node = this.#choice()
    this.#expect('$')
    if (this.#at < this.#text.length) throw this.#strange()
    return node
  }

  #choice(): Node {
    const of = [this.#sequence()]
    while (this.#takes('|')) of.push(this.#sequence())
    return of.length === 1 ? of[0]! : { kind: 'choice', of }
  }

  #sequence(): Node {
    const parts: Node[] = []
    while (this.#at < this.#text.length && !'|)$'.includes(this.#peek)) {
      parts.push(this.#counted(this.#atom()))
    }
    return { kind: 'sequence', parts }
  }

  #atom(): Node {
    if (this.#takes('(')) {
      if (this.#peek === '?') throw this.#strange()
      const inner = this.#choice()
      this.#expect(')')
      return inner
    }
    if (this.#takes('[')) return this.#class()
    if ('.*+?{'.includes(this.#peek)) throw this.#strange()
    return { kind: 'class', ranges: [this.#character()] }
  }

  #class(): Node {
    const ranges: (readonly [number, number])[] = []
    if (this.#peek === '^') throw this.#strange()
    while (!this.#takes(']')) {
      const [from, end] = this.#character()
      const isRange = this.#peek === '-' && this.#text[this.#at + 1] !== ']'
      if (!isRange) ranges.push([from, end])
      else {
        this.#at += 1
        ranges.push([from, this.#character()[1]])
      }
    }
    return { kind: 'class', ranges }
  }

  #character(): readonly [number, number] {
    if (!this.#takes('\\')) return this.#literal()
    if (this.#takes('d')) return digits
    if (/[a-z0-9]/i.test(this.#peek)) throw this.#strange()
    return this.#literal()
  }

  #literal(): readonly [number, number] {
    const code = this.#text.charCodeAt(this.#at)
    this.#at += 1
    return [code, code]
  }

  #counted(of: Node): Node {
    if (this.#takes('?')) return { kind: 'repeat', of, least: 0, most: 1 }
    if (this.#takes('*')) return { kind: 'repeat', of, least: 0, most: unboundedMax }
    if (this.#takes('+')) return { kind: 'repeat', of, least: 1, most: unboundedMax }
    if (!this.#takes('{')) return of
    const [, least = '', comma, most] = /^(\d+)(,)?(\d+)?\}/.exec(this.#text.slice(this.#at)) ?? []
    this.#at = this.#text.indexOf('}', this.#at) + 1
    const end = comma === undefined ? least : (most ?? String(unboundedMax))
    return { kind: 'repeat', of, least: Number(least), most: Number(end) }
  }

  get #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #takes(character: string): boolean {
    if (this.#peek !== character) return false
    this.#at += 1
    return true
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw this.#strange()
  }

  #strange(): Error {
    return new Error(`the generator does not know the pattern ${this.#text} from ${this.#at} on`)
  }
}
