/** Secrets of hosts in tests: one for each instance, so whoever has the instance has it too. */

/** A secret as a hello carries it. */
export function secretOf(instance: string): string {
  return instance.padEnd(43, '0')
}

/** What stands in the log for some secret, where a test does not say a hello: 43 characters. */
export function hashOf(secret: string): string {
  return Buffer.from(secret).toString('base64url').padEnd(43, '0').slice(0, 43)
}

/** Instance and secret of the run of a host by its number, as a hello carries them. */
export function identityOf(run: number) {
  const instance = `00000000-0000-4000-9000-${String(run).padStart(12, '0')}`
  return { instance, secret: secretOf(instance) }
}
