/**
 * The requests by which machines look after a replica. They are answered whoever has all the
 * connections, and by whatever name or address somebody comes here: load balancers, orchestrators
 * and collectors know an address of their own for it, behind which a network leads here.
 *
 * A web page can come under a name of its own (DNS rebinding), and read what it is answered. So who
 * comes under a foreign name hears whether all is well, and numbers; no reason, address or name.
 */
import type { FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'

declare module 'fastify' {
  interface FastifyRequest {
    /** Came under a name that may be anybody's, with a probe. */
    isStranger: boolean
  }
}

const paths: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz', '/metrics'])

export function isProbe({
  routeOptions,
  method,
}: Pick<FastifyRequest, 'routeOptions' | 'method'>): boolean {
  return paths.has(routeOptions.url) && (method === 'GET' || method === 'HEAD')
}

/** A label that says what somebody chose as a name. */
const namingLabel = 'namespace'

/** All metrics but those that are given for each namespace, in the format of `registry.metrics`. */
export async function namelessMetrics(registry: Registry): Promise<string> {
  const metrics = registry.getMetricsAsArray() as unknown as readonly Labelled[]
  const nameless = metrics.filter(({ labelNames = [] }) => !labelNames.includes(namingLabel))
  const texts = await Promise.all(
    nameless.map(({ name }) => registry.getSingleMetricAsString(name)),
  )
  return `${texts.join('\n\n')}\n`
}

/** What each metric of the package has, and its types leave out. */
interface Labelled {
  readonly name: string
  readonly labelNames?: readonly string[]
}
