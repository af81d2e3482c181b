/**
 * Where a process of Berth writes its log lines. A disk that is full, or a reader that is gone,
 * ends no process: lines wait in a bounded buffer, and those that find it full are lost.
 */
import { destination } from 'pino'

/** Bytes of lines that wait for a disk with room. */
export const logBufferBytesMax = 1024 * 1024

/** @param fd of an open file; standard output by default */
export function logStream(fd = 1): ReturnType<typeof destination> {
  const stream = destination({ fd, sync: true, maxLength: logBufferBytesMax })
  stream.on('error', () => {})
  return stream
}
