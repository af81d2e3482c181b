/** Whoever ends what a test began: the test itself (its context `t`), or a whole file. */
import { afterAll } from 'vitest'

export interface Owner {
  /** Runs when the owner is done; last registered, first run. */
  onTestFinished(end: () => Promise<void> | void): void
}

/**
 * An owner that lasts as long as the test file. Call it at the top of the file, or of a `describe`,
 * and hand it to what `beforeAll` starts.
 */
export function fileOwner(): Owner {
  const ends: (() => Promise<void> | void)[] = []
  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  return { onTestFinished: (end) => void ends.push(end) }
}
