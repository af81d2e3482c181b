/** What the machine of a replica is told of its configuration. */
import { readBuildVersion } from '../../process/build-version.js'
import type { ReplicaOptions } from '../machine/replica-ports.js'
import type { ReplicaConfiguration } from '../settings/configuration.js'

/** A log of this size since the last snapshot asks for the next one, in bytes. */
const snapshotBytes = 64 * 1024 * 1024

/**
 * @param key by which others verify what it signs
 * @param run names this process
 */
export function replicaOptions(
  configuration: ReplicaConfiguration,
  key: string,
  run: number,
): ReplicaOptions {
  const { id, cluster, initialVoters, tickMs, electionTicks, heartbeatTicks } = configuration
  const { genesisSettings, timing, peerAddress, apiUrl } = configuration
  return {
    node: {
      id,
      clusterName: cluster,
      initialVoters: initialVoters ?? [],
      tickMs,
      electionTicks,
      heartbeatTicks,
      driftPpm: genesisSettings.driftPpm,
      snapshot: {
        entries: configuration.snapshotEntries,
        intervalMs: configuration.snapshotIntervalMs,
        bytes: snapshotBytes,
      },
      trailingEntries: configuration.trailingEntries,
    },
    genesisSettings,
    timing,
    key,
    run,
    peerAddress,
    apiUrl,
    addresses: { natsServers: configuration.sidecarNatsUrls },
    version: readBuildVersion(),
  }
}
