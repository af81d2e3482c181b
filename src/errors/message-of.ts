/** @returns what somebody has thrown, in words: it need not be an error */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
