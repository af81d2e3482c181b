/** Where the answer of a call goes: over HTTP to its caller, or to a caller in this process. */

export interface AnswerSink {
  /** Whether the caller has seen a status. */
  readonly hasBegun: boolean
  /** An informational answer: 102, 103. @param headers flat: name, value */
  hint(status: number, headers: readonly string[]): void
  /**
   * @param headers flat: name, value; the sink may add to them
   * @throws TypeError for what is no header; then nothing was sent
   */
  begin(status: number, headers: string[]): void
  /** @returns whether more may come at once; else `drained` is called, once */
  write(chunk: Buffer, drained: () => void): boolean
  end(): void
  /** The answer does not come to its end, and its caller is to see that. */
  breakOff(): void
}
