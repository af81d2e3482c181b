import { BerthError } from '../errors/berth-error.js'
import type { Table } from '../table/table.js'
import type { ReplicaPort } from './replica-port.js'
import { namespaceOf, type View } from './view.js'
export class PastTables {
  readonly #port: Pick<ReplicaPort, 'events'>
  constructor(port: Pick<ReplicaPort, 'events'>) {
    this.#port = port
  }
  async at(view: View, name: string, generation: number): Promise<Table> {
    const { table, disseminatedTable } = namespaceOf(view, name)
    if (generation === table.generation) return table
    if (generation === disseminatedTable.generation) return disseminatedTable
    void this.#port
    throw new BerthError('compacted')
  }
}
