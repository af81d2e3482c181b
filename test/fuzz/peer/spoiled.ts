/** A fault in one place of any plain value, where no schema says what would be one. */
import type { Random } from '../../simulation/kernel/random.js'
import { illFormedTexts, oddNumbers, text, wholeNumber } from '../generator/words.js'

const nastyNames = ['constructor', 'toString', 'kind', 'then', '', 'n'.repeat(5_000)]
const manyItems = 2_000
const deepLevels = 28

type Holder = Record<string | number, unknown>

/** @returns a copy */
export function spoiled(value: unknown, random: Random): unknown {
  const holder: Holder = { value: structuredClone(value) }
  const places: (readonly [Holder, string | number])[] = []
  collect(holder, 'value', places)
  const [at, name] = random.pick(places.length > 1 ? places.slice(1) : places)
  spoil(at, name, random)
  return holder.value
}

function collect(
  holder: Holder,
  name: string | number,
  places: (readonly [Holder, string | number])[],
) {
  places.push([holder, name])
  const value = holder[name]
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  if (Array.isArray(value)) {
    value.slice(0, 6).forEach((_, i) => {
      collect(value as unknown as Holder, i, places)
    })
  } else for (const field of Object.keys(value)) collect(value as Holder, field, places)
}

function spoil(holder: Holder, name: string | number, random: Random): void {
  const before = holder[name]
  if (Array.isArray(before) && random.chance(0.4)) {
    const one = before[0] ?? 1
    const length = random.pick([0, before.length + 1, manyItems])
    holder[name] = Array.from({ length }, (_, i) => before[i] ?? one)
    return
  }
  switch (random.below(4)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(name), 1)
      else delete holder[name]
      return
    case 1:
      if (!Array.isArray(holder)) holder[random.pick(nastyNames)] = otherValue(random)
      else holder.splice(Number(name), 0, otherValue(random))
      return
    case 2:
      holder[name] = typeof before === 'number' ? number(random) : otherValue(random)
      return
    default:
      holder[name] = otherValue(random)
  }
}

function number(random: Random): number {
  return random.chance(0.5)
    ? random.pick(oddNumbers)
    : wholeNumber(random, 0, Number.MAX_SAFE_INTEGER)
}

function otherValue(random: Random): unknown {
  const deep = JSON.parse('['.repeat(deepLevels) + ']'.repeat(deepLevels)) as unknown
  const bytes = Uint8Array.from({ length: random.below(40) }, () => random.below(256))
  const all = [
    null,
    true,
    false,
    '',
    'x',
    [],
    {},
    [[]],
    { kind: 'x' },
    deep,
    bytes,
    bytes.slice(0, 0),
  ]
  if (random.chance(0.2)) return random.pick(illFormedTexts)
  if (random.chance(0.2)) return text(random, 0, 40, 120)
  return random.chance(0.4) ? number(random) : random.pick(all)
}
