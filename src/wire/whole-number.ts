/**
 * Whole numbers in text: of paths, queries, flags, variables and headers. Plain decimal digits and
 * nothing else, so that each number has one form: no sign, blank, point or exponent, no leading
 * zero, no other base. `Number` takes all of these, and `Infinity`.
 */
const form = /^(0|[1-9][0-9]*)$/

/** The number, rounded beyond 2^53 - 1; undefined for another form, or beyond all numbers. */
export function parseWholeNumber(text: string): number | undefined {
  const value = form.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}
