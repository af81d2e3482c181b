/** Subjects on NATS. Cluster and namespace have no dots, spaces or wildcards (pinned names). */

/** Of all orders of a namespace. */
export function tableSubject(cluster: string, namespace: string): string {
  return `berth.${cluster}.${namespace}.table`
}

/** Of the leader's pulse, for all namespaces. */
export function pulseSubject(cluster: string): string {
  return `berth.${cluster}.pulse`
}

/** Of the request for a table. */
export function getSubject(cluster: string, namespace: string): string {
  return `berth.${cluster}.${namespace}.get`
}
