/**
 * Where the parts that act say what they do. The smallest piece of a pino logger that they need,
 * so that a test can listen in. Fields first, then one sentence without values in it.
 */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
