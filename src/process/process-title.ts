/** What others see of this process in the list of all processes. */
import { mayHoldLogin } from '../log/shown-url.js'

/** Command lines are for every user to read: one that may hold a login gives way to a title. */
export function hideLogins(title: string, args: readonly string[] = process.argv): void {
  if (args.some(mayHoldLogin)) process.title = title
}
