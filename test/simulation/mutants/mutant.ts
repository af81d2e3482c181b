/**
 * A known bug of a real Raft system, put back into a copy of the source as exact texts: a text that
 * is not there exactly once fails the run, so that no mutant rots unseen.
 */
export interface Edit {
  /** Path from the root. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/**
 * @param read the text of a file
 * @returns the edited files, by their paths
 * @throws Error when a text is not there exactly once
 */
export function applyEdits(
  edits: readonly Edit[],
  read: (file: string) => string,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const { file, find, replace } of edits) {
    const text = texts.get(file) ?? read(file)
    const count = text.split(find).length - 1
    if (count !== 1) throw new Error(`a text is ${count} times in ${file}: ${find}`)
    texts.set(
      file,
      text.replace(find, () => replace),
    )
  }
  return texts
}

export interface Mutant {
  /**
   * S1 to S21 (safety), L1 to L17 (liveness), R1 on (rules beyond Raft), O1 on (ownership), C1 on
   * (calls); a letter where there are two.
   */
  readonly id: string
  /** What goes wrong, in a sentence. */
  readonly bug: string
  readonly edits: readonly Edit[]
  readonly caughtBy: Catcher
}

export type Catcher =
  /** Seeds of a simulation (Raft's if it is not said); `args` beyond the range. */
  | {
      readonly kind: 'seeds'
      readonly args?: readonly string[]
      readonly simulation?: 'raft' | 'cluster' | 'calls'
    }
  /** A test that must fail, by a part of its title: for what chance rarely or never comes upon. */
  | { readonly kind: 'scenario'; readonly title: string; readonly files: readonly string[] }

export const seeds: Catcher = { kind: 'seeds' }

/** Seeds of whole clusters. */
export const clusterSeeds: Catcher = { kind: 'seeds', simulation: 'cluster' }

/** Seeds of the machines of calls. */
export const callSeeds: Catcher = { kind: 'seeds', simulation: 'calls' }

export function seedsWith(...args: readonly string[]): Catcher {
  return { kind: 'seeds', args }
}

export function scenario(title: string, ...files: readonly string[]): Catcher {
  return { kind: 'scenario', title, files }
}

/** @param name of the file in test/raft/core/transcripts */
export function transcript(name: string): Catcher {
  return scenario(`${name}: `, 'test/raft/core/transcripts.test.ts')
}

export const edit = editOf('src/raft')

/** Makes edits of files below a folder. */
export function editOf(folder: string): (file: string, find: string, replace: string) => Edit {
  return (file, find, replace) => ({ file: `${folder}/${file}`, find, replace })
}
