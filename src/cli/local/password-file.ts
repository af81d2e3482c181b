/**
 * The password of Postgres, in a file that libpq and its like read by themselves (PGPASSFILE), so
 * that it stands on no command line, where every user of the machine could read it.
 */
import { readFileSync, renameSync } from 'node:fs'
import { writeNewFile } from './own-files.js'

export interface Login {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** Replaces the file, readable by its owner alone. */
export function writePasswordFile(file: string, login: Login): void {
  const fields = [login.host, String(login.port), '*', login.user, login.password]
  writeSecretFile(file, fields.map((field) => field.replaceAll(/[\\:]/g, '\\$&')).join(':'))
}

/** A file with one line that its owner alone may read; replaces the one before. */
export function writeSecretFile(file: string, line: string): void {
  const half = `${file}.${process.pid}`
  writeNewFile(half, `${line}\n`)
  renameSync(half, file)
}

/** @returns null when there is none or it cannot be understood */
export function readPassword(file: string): string | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return null
  }
  const fields = text.trimEnd().match(/(?:\\.|[^\\:])+/g)
  return fields?.[4]?.replaceAll(/\\(.)/g, '$1') ?? null
}
