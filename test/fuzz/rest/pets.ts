/**
 * Hosts in the namespace that requests write to, so that there is something to read, to cordon and
 * to evict. They do as they are told, and others come for those that had to go.
 */

import { Endings } from '../../chaos/cluster/endings.js'
import type { Owner } from '../../support/owner.js'
import { RawHost } from '../../support/raw-host.js'

const petsMax = 2
const firstPort = 720
const names = 40

interface Pet {
  readonly host: RawHost
  /** Of its connection. */
  readonly endings: Endings
}

export class Pets {
  readonly #url: string
  readonly #onJoined: (name: string) => void
  readonly #pets = new Set<Pet>()
  #joining: Promise<void> | null = null
  #count = 0

  /** @param url ws:// of a replica */
  constructor(owner: Owner, url: string, onJoined: (name: string) => void) {
    this.#url = url
    this.#onJoined = onJoined
    owner.onTestFinished(() => this.#end([...this.#pets]))
  }

  /** Makes up for those that are out; one name may have to wait, the next one does not. */
  async tend(): Promise<void> {
    await this.#end([...this.#pets].filter(isOut))
    if (this.#pets.size >= petsMax || this.#joining !== null) return
    const name = `127.0.0.1:${firstPort + (this.#count % names)}`
    this.#count += 1
    this.#joining = this.#join(name).finally(() => {
      this.#joining = null
    })
  }

  /** All leave. */
  async dismiss(): Promise<void> {
    await this.#joining
    const all = [...this.#pets]
    for (const pet of all) if (!isOut(pet)) await pet.host.leave().catch(() => {})
    await this.#end(all)
  }

  async #join(name: string): Promise<void> {
    const endings = new Endings()
    try {
      const host = await RawHost.join(endings, this.#url, { name, types: ['Pet'] })
      this.#pets.add({ host, endings })
      this.#onJoined(name)
    } catch {
      await endings.end()
    }
  }

  async #end(pets: readonly Pet[]): Promise<void> {
    for (const pet of pets) {
      this.#pets.delete(pet)
      await pet.endings.end()
    }
  }
}

function isOut({ host }: Pet): boolean {
  return host.ended !== null || host.last('fence') !== undefined
}
