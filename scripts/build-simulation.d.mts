/**
 * Compiles src/ and test/simulation/.
 * @param to folder, with a slash at its end; dist-sim/ by default
 * @param patched texts by path from the root that take the place of the files'
 */
export function buildSimulation(to?: string, patched?: ReadonlyMap<string, string>): void
