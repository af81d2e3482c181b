/** Host processes of a run: by which ways they reach replicas and NATS. */
import { join } from 'node:path'
import { freePorts } from '../../support/ports.js'
import { FaultyProcess } from '../cluster/faulty-process.js'
import type { Ground } from '../workload.js'

export function webSockets({ cluster }: Pick<Ground, 'cluster'>): readonly string[] {
  return cluster.replicas.map(({ webSocket }) => webSocket)
}

/** The ports are taken, so that no other run has the same names. */
export async function hostNames(count: number): Promise<readonly string[]> {
  const port = await freePorts(count)
  return Array.from({ length: count }, (_, i) => `127.0.0.1:${port + i}`)
}

/**
 * @param i its number, from 0
 * @param argsOf of a Node: a program and its arguments, from where replicas and NATS are for it
 */
export async function hostProcess(
  ground: Ground,
  i: number,
  argsOf: (replicas: readonly string[], natsUrl: string) => readonly string[],
): Promise<FaultyProcess> {
  const { cluster, journal, onFinding } = ground
  const { ways: wiring, nats } = cluster
  const natsUrl = `nats://127.0.0.1:${await wiring.port(wiring.hostToNats(i), nats.port)}`
  const all = webSockets(ground)
  const replicas = all.map((_, at) => all[(at + i) % all.length]!)
  return new FaultyProcess({
    name: `host ${i}`,
    command: { file: process.execPath, args: [...argsOf(replicas, natsUrl)] },
    logFile: join(journal.folder, `host-${i}.log`),
    keeper: cluster.keeper,
    onDied: onFinding,
    onStarted: (pid) => cluster.leftovers.add(pid),
  })
}
