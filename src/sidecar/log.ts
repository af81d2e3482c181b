/** Where a sidecar writes its log lines. A pino logger fits. */
export interface SidecarLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silentLog: SidecarLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
