/** The subcommand `berth host`: a sample host. Its flags; what it does: host/sample-host.ts. */
import { type Command, InvalidArgumentError } from 'commander'

interface Flags {
  readonly name: string
  readonly namespace: string
  readonly appId: string
  readonly types: readonly string[]
  readonly replicas: readonly string[]
  readonly insecure: boolean
}

export function addHost(program: Command): void {
  program
    .command('host')
    .description('run a sample host: it joins, and its actors count the calls that reach them')
    .requiredOption('--name <host:port>', 'its name, and the address where it serves')
    .requiredOption('--types <list>', 'actor types that it can run, separated by commas', list)
    .requiredOption('--replicas <list>', 'ws:// addresses of replicas, separated by commas', list)
    .option('--namespace <name>', 'namespace of its actors', 'default')
    .option('--app-id <id>', 'what is deployed on it', 'sample')
    .option('--insecure', 'serve off loopback too: whoever reaches it can call its actors', false)
    .action(async (flags: Flags) => {
      // It takes long to load, and no other subcommand needs it.
      const { runSampleHost } = await import('./host/sample-host.js')
      await runSampleHost(flags)
    })
}

function list(text: string): readonly string[] {
  const parts = text.split(',').filter((part) => part !== '')
  if (parts.length === 0) throw new InvalidArgumentError('name at least one')
  return parts
}
