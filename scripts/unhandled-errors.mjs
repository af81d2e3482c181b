// A reporter of vitest: counts the errors that belong to no test, which the one for JSON leaves out.
import { writeFileSync } from 'node:fs'

export default class UnhandledErrors {
  onTestRunEnd(_modules, unhandledErrors) {
    const counted = JSON.stringify({ unhandled: unhandledErrors.length })
    writeFileSync(process.env.BERTH_TEST_ERRORS, counted)
  }
}
