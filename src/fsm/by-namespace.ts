/** The hosts of a command, sorted out by namespace: each namespace changes by one draft. */

/** Hosts by namespace, with their position in the command. */
export function byNamespace<H extends { readonly namespace: string }>(
  hosts: readonly H[],
): Map<string, { readonly host: H; readonly position: number }[]> {
  const batches = new Map<string, { host: H; position: number }[]>()
  hosts.forEach((host, position) => {
    const batch = batches.get(host.namespace)
    if (batch === undefined) batches.set(host.namespace, [{ host, position }])
    else batch.push({ host, position })
  })
  return batches
}
