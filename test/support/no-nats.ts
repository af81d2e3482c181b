/**
 * A folder for PATH in which nothing is but a nats-server that does not run: so none is found, also
 * where the system has one.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export function pathWithoutNats(folder: string): string {
  const path = join(folder, 'no-nats')
  mkdirSync(path)
  const file = join(path, 'nats-server')
  writeFileSync(file, '#!/bin/sh\nexit 1\n')
  chmodSync(file, 0o755)
  return path
}
