/**
 * A table of settings: each of them once, with its default and what it means. Flag, variable and
 * key of the settings file follow from its name.
 */
import type { SettingKind } from './setting-kinds.js'

export interface Setting<T> {
  readonly kind: SettingKind<T>
  readonly help: string
  /** As it would be written; absent: it must be given. */
  readonly byDefault?: string
}

/** The keys are the names in the program, and in the settings file. */
export type SettingsTable = Readonly<Record<string, Setting<unknown>>>

export type NameOf<Table extends SettingsTable> = keyof Table & string

/** The values of all settings of a table. */
export type ValuesOf<Table extends SettingsTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer T> ? T : never
}

export function setting<T>(kind: SettingKind<T>, help: string, byDefault?: string): Setting<T> {
  return byDefault === undefined ? { kind, help } : { kind, help, byDefault }
}

/** `peerListen` → `--peer-listen`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `peerListen` → `BERTH_PEER_LISTEN`. */
export function variableOf(name: string): string {
  return `BERTH_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}
