/** What others see of this process in the list of all processes. */
import { hasLogin } from '../log/shown-url.js'

/** Command lines are for every user to read: one with a login gives way to a title. */
export function hideLogins(title: string, args: readonly string[] = process.argv): void {
  if (args.some(hasLogin)) process.title = title
}
