/** A cluster of real processes for faults to befall, joined by lines that can be cut and slowed. */
import type { Wiring } from '../network/wiring.js'
import type { ProcessCluster } from './process-cluster.js'

export type ChaosCluster = ProcessCluster<Wiring>
