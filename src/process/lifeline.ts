/**
 * The pipe by which a process notices that its owner is gone. Whoever starts Berth's processes
 * holds the other end and never writes: when it ends in whatever way (kill -9 included), the kernel
 * closes the pipe and the process stops by itself. A process started by hand has no lifeline.
 */
import { Socket } from 'node:net'

/** Environment variable that holds the number of the pipe's file descriptor. */
export const lifelineVariable = 'BERTH_LIFELINE_FD'

/**
 * Calls `onOwnerGone` once when the owner's end closes; does nothing without a lifeline. Does not
 * keep the process alive. Takes the variable out of `env`, so that children do not inherit it.
 */
export function watchLifeline(
  onOwnerGone: () => void,
  env: Record<string, string | undefined> = process.env,
): void {
  const fd = env[lifelineVariable]
  if (fd === undefined) return
  delete env[lifelineVariable]
  const pipe = new Socket({ fd: Number(fd), readable: true, writable: false })
  pipe.once('close', onOwnerGone)
  pipe.on('error', () => {})
  pipe.resume()
  pipe.unref()
}
