/** Ends a program that is no part of the product, whatever it left open, once all is printed. */
export function exitWith(code: number): void {
  process.stdout.write('', () => process.exit(code))
}
