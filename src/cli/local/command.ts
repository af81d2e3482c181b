/** A program with its arguments, the same from any folder: to be run, or to be shown. */

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** Variables on top of the owner's. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * Variables whose values stand in files that their user alone may read: every user of the machine
   * may read a command line.
   */
  readonly envFiles?: Readonly<Record<string, string>>
  /** Runs as this user and group; only root may. */
  readonly uid?: number
  readonly gid?: number
}

/** A line that starts the same program again when it is pasted into a shell, in any folder. */
export function commandLine(command: Command): string {
  return [
    ...Object.entries(command.env ?? {}).map(([name, value]) => `${name}=${quote(value)}`),
    ...Object.entries(command.envFiles ?? {}).map(
      ([name, file]) => `${name}="$(cat ${quote(file)})"`,
    ),
    ...asUser(command),
    quote(command.file),
    ...command.args.map(quote),
  ].join(' ')
}

/** One argument, quoted for a POSIX shell where it needs to be. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function asUser(command: Command): readonly string[] {
  if (command.uid === undefined) return []
  const { uid, gid = uid } = command
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
}
