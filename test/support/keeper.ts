/** One keeper a test process: it ends whatever the process started, also when that is killed. */
import { Keeper } from '../../src/cli/servers/keeper.js'

export const keeper = new Keeper()
