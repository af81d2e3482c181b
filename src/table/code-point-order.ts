/**
 * The order of all texts in Berth: by code point, which is the order of their UTF-8 bytes. Never
 * by locale, and not by UTF-16 unit, which puts U+10000 and above before U+E000.
 */

/** Less than, equal to or greater than 0 as `a` stands before, at or after `b`. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const units = Math.min(a.length, b.length)
  for (let i = 0; i < units; i += 1) {
    const unitA = a.charCodeAt(i)
    const unitB = b.charCodeAt(i)
    if (unitA === unitB) continue
    const surrogateA = isSurrogate(unitA)
    if (surrogateA !== isSurrogate(unitB)) return surrogateA ? 1 : -1
    return unitA - unitB
  }
  return a.length - b.length
}

/** The texts as a sorted set. */
export function sortedSet(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(compareText)
}

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800
}
