/** The subcommand `berth certificate`: its flags. What it does: certificate/. */
import { type Command, InvalidArgumentError } from 'commander'
import type { CertificateRequest } from './certificate/issuer.js'

interface Flags {
  readonly out: string
  readonly days: number
  readonly renew: boolean
}

interface LeafFlags extends Flags {
  readonly host?: readonly string[]
  readonly uri?: string
}

const authorityDays = 3_650
const leafDays = 365
const daysMax = 36_500

export function addCertificate(program: Command): void {
  const certificate = program
    .command('certificate')
    .description('make an authority, and certificates of replicas, hosts and people')
  common(certificate.command('authority'), authorityDays)
    .description('make an authority: ca.pem for everybody, ca.key for nobody else')
    .option('--name <text>', 'what it is called', 'Berth authority')
    .action(async ({ name, ...flags }: Flags & { readonly name: string }) => {
      const { makeAuthority } = await import('./certificate/make.js')
      await say(await makeAuthority({ ...flags, name }))
    })
  common(certificate.command('replica'), leafDays)
    .description('make a certificate of a replica, for its API and towards other replicas')
    .requiredOption('--cluster <name>', 'name of its cluster', word)
    .requiredOption('--id <n>', 'its number', number(2 ** 31))
    .requiredOption('--host <list>', 'names and addresses where it is reached', list)
    .action(async (flags: LeafFlags & { readonly cluster: string; readonly id: number }) => {
      const { cluster, id, host = [] } = flags
      const uris = [`berth://${cluster}/replica/${id}`]
      await issue(flags, { file: `replica-${id}`, name: `replica ${id}`, hosts: host, uris })
    })
  common(certificate.command('host'), leafDays)
    .description('make a certificate of a host, for the calls that it takes and makes')
    .requiredOption('--host <list>', 'names and addresses where it is reached', list)
    .option('--uri <uri>', 'what it is known by as well, such as spiffe://shop/cart')
    .action(async (flags: LeafFlags) => {
      const { host = [], uri } = flags
      const [name = ''] = host
      const uris = uri === undefined ? [] : [uri]
      await issue(flags, { file: `host-${fileName(name)}`, name, hosts: host, uris })
    })
  common(certificate.command('client'), leafDays)
    .description('make a certificate of a person or a tool')
    .requiredOption('--name <text>', 'its common name: subject:CN=<text> in credentials')
    .option('--uri <uri>', 'what it is known by as well, such as spiffe://shop/ops')
    .action(async (flags: LeafFlags & { readonly name: string }) => {
      const { name, uri } = flags
      const uris = uri === undefined ? [] : [uri]
      await issue(flags, { file: `client-${fileName(name)}`, name, hosts: [], uris })
    })
}

function common(command: Command, days: number): Command {
  return command
    .option('--out <folder>', 'folder of the authority and of all that it signs', 'certificates')
    .option('--days <n>', 'how long it is good', number(daysMax), days)
    .option('--renew', 'take the place of what is there already', false)
}

async function issue(flags: LeafFlags, request: CertificateRequest): Promise<void> {
  const { makeCertificate } = await import('./certificate/make.js')
  await say(await makeCertificate({ ...flags, request }))
}

async function say(files: readonly string[]): Promise<void> {
  for (const file of files) process.stdout.write(`${file}\n`)
}

function number(most: number): (text: string) => number {
  return (text) => {
    const value = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN
    if (value <= most) return value
    throw new InvalidArgumentError(`it is a whole number from 1 to ${most}`)
  }
}

function word(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text
  throw new InvalidArgumentError('it is 1 to 63 of a-z, 0-9 and -, with no - at its ends')
}

function list(text: string): readonly string[] {
  const parts = text.split(',').filter((part) => part !== '')
  if (parts.length === 0) throw new InvalidArgumentError('name at least one')
  return parts
}

/** What a folder takes on every system. */
function fileName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9.-]+/g, '-').replace(/^[.-]+/, '') || 'certificate'
}
