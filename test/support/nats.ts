/** The run's nats-server. Tests share it: use a cluster name of your own in subjects. */
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'

export function natsUrl(): string {
  return inject('natsUrl')
}

/** A cluster name that no other test uses, so that its subjects are its own. */
export function freshClusterName(): string {
  return `test-${randomUUID().slice(0, 8)}`
}
