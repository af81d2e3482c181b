/**
 * Flags as a person has to type them. Behind `npm start` they stand after two dashes, or npm keeps
 * them for itself.
 */

/**
 * @param flags `--port 7500`
 * @returns `npm start -- --port 7500` where npm started this process
 */
export function typedFlags(
  flags: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return isNpmStart(env) ? `npm start -- ${flags}` : flags
}

export function isNpmStart(env: Readonly<Record<string, string | undefined>>): boolean {
  return env.npm_lifecycle_event === 'start'
}
