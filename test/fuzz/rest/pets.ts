/**
 * Hosts in the namespace that requests write to, so that there is something to read, to cordon and
 * to evict. They do as they are told, and others come for those that had to go.
 */

import type { Owner } from '../../support/owner.js'
import { RawHost } from '../../support/raw-host.js'

const petsMax = 2
const firstPort = 720
const names = 40

export class Pets {
  readonly #owner: Owner
  readonly #url: string
  readonly #onJoined: (name: string) => void
  readonly #pets = new Set<RawHost>()
  #joining: Promise<void> | null = null
  #count = 0

  /** @param url ws:// of a replica */
  constructor(owner: Owner, url: string, onJoined: (name: string) => void) {
    this.#owner = owner
    this.#url = url
    this.#onJoined = onJoined
  }

  /** Makes up for those that are out; one name may have to wait, the next one does not. */
  tend(): void {
    for (const pet of this.#pets) {
      if (pet.ended !== null || pet.last('fence') !== undefined) this.#pets.delete(pet)
    }
    if (this.#pets.size >= petsMax || this.#joining !== null) return
    const name = `127.0.0.1:${firstPort + (this.#count % names)}`
    this.#count += 1
    this.#joining = RawHost.join(this.#owner, this.#url, { name, types: ['Pet'] })
      .then((pet) => {
        this.#pets.add(pet)
        this.#onJoined(name)
      })
      .catch(() => {})
      .finally(() => {
        this.#joining = null
      })
  }

  /** All leave. */
  async dismiss(): Promise<void> {
    await this.#joining
    for (const pet of this.#pets) {
      if (pet.ended === null && pet.last('fence') === undefined) await pet.leave().catch(() => {})
    }
    this.#pets.clear()
  }
}
