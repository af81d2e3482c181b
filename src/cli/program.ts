/** All subcommands, each in a file of its own, and what becomes of their errors. */
import { Command } from 'commander'
import { BerthError } from '../errors/berth-error.js'
import { withoutLogins } from '../log/shown-url.js'
import { readBuildVersion } from '../process/build-version.js'
import { hideLogins } from '../process/process-title.js'
import { cameAsUtf8 } from '../wire/well-formed.js'
import { addCertificate } from './certificate.js'
import { addHost } from './host.js'
import { refuseFlagsOfNpm } from './local/options.js'
import { failureText } from './local/terminal.js'
import { addUp } from './up.js'
import { usageText } from './usage-text.js'

/**
 * Runs a command to its end and sets the process' exit code; a failure is one line on stderr.
 * @param args without `node` and the script
 * @param member program that `up` starts as replicas and hosts; tests give a stand-in
 */
export async function runCommandLine(args: readonly string[], member?: string): Promise<void> {
  hideLogins(['berth', ...args.slice(0, 1)].join(' '))
  const program = new Command('berth')
    .description('Placement service for distributed actor systems.')
    .version(readBuildVersion())
    // An error is one line, and shows no login of what was given.
    .showSuggestionAfterError(false)
    .configureOutput({ outputError: (text, write) => write(usageText(text, args[0])) })
  const unreadable = args.findIndex((text) => !cameAsUtf8(text))
  addUp(program, member)
  addHost(program)
  addCertificate(program)
  program
    .command('replica')
    .description('run one replica; its settings: berth replica --help')
    .allowUnknownOption()
  program
    .command('sidecar')
    .description('run a sidecar beside an application; its settings: berth sidecar --help')
    .allowUnknownOption()
  program
    .command('recover')
    .description('begin a new history from one database of a lost cluster: berth recover --help')
    .allowUnknownOption()
  try {
    if (unreadable >= 0) {
      const detail = `Argument ${unreadable + 1} of the command line is no text in UTF-8.`
      throw new BerthError('invalid_config', detail)
    }
    // Before flags are read: what npm kept is lacking there.
    if (args[0] === 'up') refuseFlagsOfNpm(process.env)
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    process.stderr.write(`berth: ${withoutLogins(failureText(error))}\n`)
    process.exitCode = 1
  }
}
