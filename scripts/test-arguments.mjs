// What `npm test` is told: `--again`, and which of its phases are to run; all of them without a
// word. Pure.

/** Runs whatever is chosen: nothing works without it. */
const always = 'build'

/**
 * @param args `--again`, names of phases, `--without <phase>` as often as wanted
 * @param names of all phases @returns the chosen names, or a sentence that says what is wrong
 */
export function readArguments(args, names) {
  const [wanted, left] = [new Set(), new Set()]
  let again = false
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === '--again') {
      again = true
      continue
    }
    const out = args[i] === '--without'
    if (out) i += 1
    const name = args[i] ?? ''
    if (!names.includes(name)) return { fault: unknown(name, names) }
    if (out) left.add(name)
    else wanted.add(name)
  }
  const isChosen = (name) => (wanted.size === 0 || wanted.has(name)) && !left.has(name)
  return { again, chosen: names.filter((name) => name === always || isChosen(name)), fault: null }
}

const unknown = (name, names) =>
  `npm test: there is no phase "${name}". Choose among these, or leave some out with ` +
  `--without <phase>: ${names.map((one) => (one.includes(' ') ? `'${one}'` : one)).join(', ')}`
