/** The part of `pgpass` that is used here: it comes without types. */
declare module 'pgpass' {
  interface ConnectionInfo {
    readonly host?: string | undefined
    readonly port?: number | undefined
    readonly database?: string | undefined
    readonly user?: string | undefined
  }
  const pgpass: (info: ConnectionInfo, found: (password: string | undefined) => void) => void
  export default pgpass
}
