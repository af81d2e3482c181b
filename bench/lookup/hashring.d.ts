/** The part of the package `hashring` that is compared with; it brings no types along. */
declare module 'hashring' {
  export default class HashRing {
    constructor(
      servers: readonly string[],
      algorithm: string,
      options: {
        readonly 'vnode count': number
        readonly replicas: number
        readonly 'max cache size': number
      },
    )
    get(key: string): string
  }
}
