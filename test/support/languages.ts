/**
 * Languages in which there are examples. A machine may lack some of them; continuous integration
 * has all and says so: BERTH_TEST_LANGUAGES=all.
 */
import { spawnSync } from 'node:child_process'

export interface Language {
  readonly name: string
  readonly extension: string
  /** Says its version where it is on this machine. */
  readonly version: readonly [file: string, ...args: string[]]
  /** What runs a program; null where it is built first. */
  readonly interpreter: string | null
}

export const languages: readonly Language[] = [
  {
    name: 'JavaScript',
    extension: 'mjs',
    version: [process.execPath, '--version'],
    interpreter: process.execPath,
  },
  {
    name: 'Python',
    extension: 'py',
    version: ['python3', '--version'],
    interpreter: 'python3',
  },
  { name: 'Go', extension: 'go', version: ['go', 'version'], interpreter: null },
]

export function isHere({ version: [file, ...args] }: Language): boolean {
  return spawnSync(file, args).status === 0
}

/** @returns what is wrong with this machine, in a sentence for each; empty where all is well */
export function missingLanguages(
  here: readonly Language[],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const missing = languages.filter((language) => !here.includes(language))
  const words = missing.map(({ name, version }) => {
    return `${name} is not on this machine (${version.join(' ')}): its examples are not run.`
  })
  if (env.BERTH_TEST_LANGUAGES === 'all') return words.map((word) => `${word} Install it.`)
  for (const word of words) console.warn(word)
  return []
}
