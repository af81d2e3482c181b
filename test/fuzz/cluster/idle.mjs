// A process that does nothing: when it stands still, the machine does.
import { watchLifeline } from '../../../dist/process/lifeline.js'

watchLifeline(() => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
setInterval(() => {}, 1_000)
console.log('it does nothing')
