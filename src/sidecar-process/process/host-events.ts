/** What happens to this host, as those hear it who listen to the local API. */
import type { SidecarDriver } from '../../sidecar/driver.js'
import type { FencedHandler, ReleaseHandler } from '../../sidecar/host-handlers.js'
import type { LocalEvent } from '../api/local-state.js'
import { Gains } from './gains.js'

type Handler = (event: LocalEvent) => void

export class HostEvents {
  readonly #driver: SidecarDriver
  readonly #name: string | null
  readonly #handlers = new Set<Handler>()
  readonly #gains = new Gains()
  /** Of the last table; null before the first. */
  #generation: number | null

  /** @param name of this host; null where there is none */
  constructor(driver: SidecarDriver, name: string | null) {
    this.#driver = driver
    this.#name = name
    this.#generation = driver.machine.table?.generation ?? null
    driver.onChanged.add(this.#onChanged)
    driver.handlers.onRelease.add(this.#onRelease)
    driver.handlers.onFenced.add(this.#onFenced)
  }

  /** @returns undo */
  listen(handler: Handler): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  close(): void {
    this.#driver.onChanged.delete(this.#onChanged)
    this.#driver.handlers.onRelease.delete(this.#onRelease)
    this.#driver.handlers.onFenced.delete(this.#onFenced)
    this.#handlers.clear()
  }

  readonly #onChanged = (): void => {
    const { table } = this.#driver.machine
    if (table === null) return
    const { generation } = table
    if (generation !== this.#generation) {
      this.#generation = generation
      this.#say({ kind: 'table', generation })
    }
    if (this.#name === null) return
    const types = this.#gains.look(table, this.#name, !this.#driver.state().isFenced)
    if (types.length > 0) this.#say({ kind: 'gained', generation, types })
  }

  /** Nothing waits for those who listen. */
  readonly #onRelease: ReleaseHandler = ({ types, deadlineMs }) => {
    const generation = this.#driver.state().movingTo
    this.#say({ kind: 'letting_go', generation, types, deadlineMs })
  }

  readonly #onFenced: FencedHandler = ({ reason, keys, isFinal }) => {
    this.#gains.fenced(isFinal)
    this.#say({ kind: 'fenced', types: keys.types, isFinal, reason })
  }

  #say(event: LocalEvent): void {
    for (const handler of this.#handlers) handler(event)
  }
}
