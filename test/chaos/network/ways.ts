/** By which ports the processes of a cluster reach one another. */

export interface Ways {
  /** @returns the port by which the other replicas reach `replica`, which listens on `port` */
  peerPort(replica: number, port: number): Promise<number>
  /** @returns the port by which hosts and callers reach `replica` */
  apiPort(replica: number, port: number): Promise<number>
  /** @returns the port by which `replica` reaches its Postgres */
  postgresPort(replica: number, port: number): Promise<number>
  /** @returns the port by which `replica` reaches NATS */
  natsPort(replica: number, port: number): Promise<number>
  /** @returns the port by which callers reach NATS */
  callersNatsPort(port: number): Promise<number>
}

/** Nothing is between any two. */
export const directWays: Ways = {
  peerPort: async (_, port) => port,
  apiPort: async (_, port) => port,
  postgresPort: async (_, port) => port,
  natsPort: async (_, port) => port,
  callersNatsPort: async (port) => port,
}
