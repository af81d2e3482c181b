/** One admission of one host: a member under its epoch. A later instance of the name is another. */
export interface Admission {
  readonly namespace: string
  readonly name: string
  readonly epoch: number
}
