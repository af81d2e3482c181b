/** Whether a host may say that it has these actor types. */
import { BerthError } from '../errors/berth-error.js'
import type { HostMessage } from '../wire/messages.js'
import type { Check } from '../wire/validate.js'

/** @returns what no message may say of them, as a sentence; null for nothing */
export function typesFault(types: readonly string[], check: Check<HostMessage>): string | null {
  const lineage = '00000000-0000-4000-8000-000000000000'
  try {
    check({ kind: 'types', lineage, epoch: 1, number: 1, types })
    return null
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return error.message.replace(/^types: /, '')
  }
}
