/**
 * A sidecar in its parts, for a process around it: with any application, with calls from this
 * machine, and with ports that are opened when the process says so.
 */
import { type ConnectOptions, start } from './connect.js'
import type { SidecarDriver } from './driver.js'
import { Sidecar } from './sidecar.js'
import type { CallParts, SidecarCalls } from './sidecar-calls.js'

export interface OpenSidecar {
  readonly driver: SidecarDriver
  readonly calls: SidecarCalls
  readonly sidecar: Sidecar
}

/**
 * Begins to connect, and opens no port. `leave` and `close` of the sidecar end all of it.
 * @throws BerthError `invalid_config` when an option is wrong
 */
export async function open(
  options: ConnectOptions,
  parts: Pick<CallParts, 'application' | 'options' | 'lastCallsMs'>,
): Promise<OpenSidecar> {
  const { driver, openCalls } = await start(options, parts)
  const calls = openCalls()
  return { driver, calls, sidecar: new Sidecar(driver, calls, openCalls) }
}
