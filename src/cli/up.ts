/** The subcommand `berth up`: its flags. What it does: local/up.ts. */
import type { Command } from 'commander'
import { berthProgram } from './local/cluster-plan.js'
import {
  hostsMax,
  parseFolder,
  parseHosts,
  parseNatsUrl,
  parsePort,
  parsePostgresUrl,
  parseReplicas,
  type UpOptions,
} from './local/options.js'
import { consoleProgress } from './local/terminal.js'
import { runUp } from './local/up.js'

interface Flags {
  readonly replicas?: number
  readonly hosts: number
  readonly port: number
  readonly data: string
  readonly fresh?: boolean
  readonly natsUrl?: string
  readonly postgresUrl?: string
}

const defaultFolder = '.berth'

/** @param member program that replicas and hosts are; tests give a stand-in */
export function addUp(program: Command, member = berthProgram): void {
  program
    .command('up')
    .description('start a whole cluster on this machine: Postgres, NATS, replicas, sample hosts')
    .option('--replicas <n>', 'replicas: 1, 3, 5 or 7 (default: 3, or as before)', parseReplicas)
    .option('--hosts <n>', `sample hosts: 0 to ${hostsMax}`, parseHosts, 5)
    .option(
      '--port <base>',
      'REST on base+0…, peers on base+10…, NATS on base+22, Postgres on base+32, hosts on base+50…',
      parsePort,
      7400,
    )
    .option('--data <folder>', 'folder for all state', parseFolder, parseFolder(defaultFolder))
    .option('--fresh', 'begin anew: delete what the folder holds, if Berth made it')
    .option('--nats-url <url>', 'use this NATS server instead of one of its own', parseNatsUrl)
    .option(
      '--postgres-url <url>',
      'use this Postgres server (15 to 18); its user must be able to create databases',
      parsePostgresUrl,
    )
    .action(async (flags: Flags) => {
      process.exitCode = await runUp(optionsOf(flags), member, consoleProgress())
    })
}

function optionsOf(flags: Flags): UpOptions {
  return {
    replicas: flags.replicas ?? null,
    hosts: flags.hosts,
    port: flags.port,
    data: flags.data,
    fresh: flags.fresh ?? false,
    natsUrl: flags.natsUrl ?? null,
    postgresUrl: flags.postgresUrl ?? null,
  }
}
