/** What a person types, behind `npm start` or `berth`: for advice that can be pasted. */

export type Env = Readonly<Record<string, string | undefined>>

/**
 * Behind `npm start` flags stand after two dashes, or npm keeps them for itself.
 * @param flags `--port 7500`
 * @returns `npm start -- --port 7500` where npm started this process
 */
export function typedFlags(flags: string, env: Env = process.env): string {
  return isNpmStart(env) ? `npm start -- ${flags}` : flags
}

export function isNpmStart(env: Env): boolean {
  return env.npm_lifecycle_event === 'start'
}

/** What helps where a folder does not serve, to follow "take". */
export const anotherFolder = `another folder: ${typedFlags('--data <folder>')}`
