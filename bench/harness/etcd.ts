/**
 * etcd as the reference: three members on the same disk, with nothing between them. The program is
 * the one of `--etcd`, else the distribution's package, which is fetched once into the cache folder.
 */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fetchProgram } from '../../src/cli/local/distribution-package.js'
import { Keeper } from '../../src/cli/local/keeper.js'
import { cacheFolder } from '../../src/cli/local/nats-binary.js'
import { FaultyProcess } from '../../test/chaos/cluster/faulty-process.js'
import { eventually } from '../../test/support/eventually.js'
import { freePort } from '../../test/support/ports.js'
import type { BenchContext } from './benchmark.js'
import { treeCpuMs } from './cpu-time.js'
import { EtcdClient } from './etcd-client.js'

const memberNumbers = [1, 2, 3] as const
const loopback = '127.0.0.1'

export interface EtcdOptions {
  /** Default, as etcd's: 1,000. */
  readonly electionTimeoutMs?: number
  /** Default, as etcd's: 100. */
  readonly heartbeatMs?: number
}

export interface EtcdMember {
  readonly process: FaultyProcess
  readonly client: EtcdClient
}

export class EtcdCluster {
  readonly members: readonly EtcdMember[]
  readonly version: string

  private constructor(members: readonly EtcdMember[], version: string) {
    this.members = members
    this.version = version
  }

  /** Starts all of it; done when there is a leader. The benchmark's end ends it. */
  static async start(
    bench: Pick<BenchContext, 'endings' | 'folder' | 'etcd' | 'say' | 'note'>,
    options: EtcdOptions = {},
  ): Promise<EtcdCluster> {
    const file = bench.etcd ?? (await packagedEtcd(bench))
    const version = versionOf(file)
    bench.note('etcd', version)
    const folder = join(bench.folder, 'etcd')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const keeper = new Keeper()
    bench.endings.onTestFinished(() => keeper.close())
    const plans = await Promise.all(
      memberNumbers.map(async (number) => {
        return { name: `m${number}`, client: await freePort(), peer: await freePort() }
      }),
    )
    const token = randomUUID()
    const members = await Promise.all(
      plans.map(async (own) => {
        const process = new FaultyProcess({
          name: `etcd ${own.name}`,
          command: { file, args: flagsOf({ folder, own, plans, token, options }) },
          logFile: join(folder, `${own.name}.log`),
          keeper,
          onDied: bench.say,
          onStarted: () => {},
        })
        bench.endings.onTestFinished(() => process.kill())
        await process.start()
        const client = new EtcdClient(`${loopback}:${own.client}`)
        bench.endings.onTestFinished(() => client.close())
        return { process, client }
      }),
    )
    const cluster = new EtcdCluster(members, version)
    await cluster.settled()
    return cluster
  }

  /** Waits until all members answer and agree on who leads. @returns the leader */
  settled(): Promise<EtcdMember> {
    return eventually('all members of etcd to agree on a leader', async () => {
      const seen = await Promise.all(this.members.map(({ client }) => client.status()))
      const [leader] = new Set(seen.map((one) => one.leader))
      if (leader === undefined || seen.some((one) => one.leader !== leader)) return null
      return this.members.find((_, i) => seen[i]!.member === leader)
    })
  }

  /** Processor time of all members, in ms so far. */
  cpuMs(): number {
    return this.members
      .map(({ process }) => (process.pid === null ? 0 : treeCpuMs(process.pid)))
      .reduce((sum, one) => sum + one, 0)
  }
}

interface MemberPlan {
  readonly name: string
  readonly client: number
  readonly peer: number
}

interface FlagGround {
  readonly folder: string
  readonly own: MemberPlan
  readonly plans: readonly MemberPlan[]
  readonly token: string
  readonly options: EtcdOptions
}

function flagsOf({ folder, own, plans, token, options }: FlagGround): readonly string[] {
  const { electionTimeoutMs = 1_000, heartbeatMs = 100 } = options
  const url = (port: number) => `http://${loopback}:${port}`
  const all = plans.map(({ name, peer }) => `${name}=${url(peer)}`).join(',')
  return [
    ...['--name', own.name, '--data-dir', join(folder, own.name)],
    ...['--listen-client-urls', url(own.client), '--advertise-client-urls', url(own.client)],
    ...['--listen-peer-urls', url(own.peer), '--initial-advertise-peer-urls', url(own.peer)],
    ...['--initial-cluster', all, '--initial-cluster-token', token],
    ...['--heartbeat-interval', String(heartbeatMs)],
    ...['--election-timeout', String(electionTimeoutMs)],
  ]
}

async function packagedEtcd({ say }: Pick<BenchContext, 'say'>): Promise<string> {
  const folder = cacheFolder(process.env)
  const file = join(folder, `etcd-${process.arch}`)
  if (existsSync(file)) return file
  say('fetches etcd from the distribution')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await fetchProgram({ from: 'etcd-server', program: 'etcd' }, file)
  return file
}

function versionOf(file: string): string {
  const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' })
  const found = /etcd Version: (\S+)/.exec(stdout ?? '')?.[1]
  if (found === undefined) throw new Error(`${file} is no etcd that runs here`)
  return found
}
