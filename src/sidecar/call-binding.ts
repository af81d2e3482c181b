/**
 * This host in its cluster, as calls need it: where actors are by the tables and the lease of a
 * sidecar, and what it orders to let go of and to stop. What is moved or fenced counts as let go of
 * here when the calls of it have ended and the application has answered.
 */
import type { CallHost, CallHostEvents } from '../calls/http/call-host.js'
import type { Location, MovingKeys, Ownership } from '../calls/machine/ownership.js'
import type { SidecarDriver } from './driver.js'
import type { FencedHandler, ReleaseHandler } from './host-handlers.js'

export class CallBinding implements CallHost, Ownership {
  readonly #driver: SidecarDriver
  #events: CallHostEvents | null = null

  constructor(driver: SidecarDriver) {
    this.#driver = driver
  }

  get generation(): number | null {
    return this.#driver.machine.table?.generation ?? null
  }

  locate(type: string, id: string): Location {
    return this.#driver.machine.locate(type, id, this.#driver.now)
  }

  refresh(generation: number): void {
    this.#driver.refresh(generation)
  }

  listen(events: CallHostEvents): () => void {
    const { handlers, onChanged } = this.#driver
    const changed = () => events.changed()
    const release: ReleaseHandler = (moved) => events.release(moved, moved.deadlineMs)
    const fence: FencedHandler = ({ keys, isFinal }) => events.fence(keys, isFinal)
    this.#events = events
    onChanged.add(changed)
    handlers.onRelease.add(release)
    handlers.onFenced.add(fence)
    return () => {
      this.#events = null
      onChanged.delete(changed)
      handlers.onRelease.delete(release)
      handlers.onFenced.delete(fence)
    }
  }

  /** Lets go of keys that nobody asked for. Resolves when nothing of them runs. */
  async letGo(keys: MovingKeys, deadlineMs: number): Promise<void> {
    await this.#events?.release(keys, deadlineMs)
  }
}
