interface Run {
  readonly exit: string | null
  readonly tests: {
    readonly numTotalTests: number
    readonly numPendingTests: number
    readonly numTodoTests: number
    readonly testResults: readonly { readonly name: string; readonly status: string }[]
  } | null
  readonly unhandled: number
}

export function outcomeOf(run: Run): { readonly failure: string | null; readonly count: number }

export function filesToRepeat(run: Run): readonly string[]
