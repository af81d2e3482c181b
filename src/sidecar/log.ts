/** Where a sidecar writes its log lines. A pino logger fits. */
export interface SidecarLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A log that cannot be written, a full disk say, takes nothing with it. */
export function guarded(log: SidecarLog): SidecarLog {
  const write = (level: keyof SidecarLog) => (fields: object, message: string) => {
    try {
      log[level](fields, message)
    } catch {
      // There is nowhere to say so.
    }
  }
  return { info: write('info'), warn: write('warn'), error: write('error') }
}

export const silentLog: SidecarLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
