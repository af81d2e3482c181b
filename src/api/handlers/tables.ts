/** Tables, now and in the past, whole, of one type, and as differences. */
import { BerthError } from '../../errors/berth-error.js'
import type { Member } from '../../table/member.js'
import { hashScheme, type Table } from '../../table/table.js'
import type { components } from '../openapi.generated.js'
import type { Handlers } from '../operation.js'
import type { PastTables } from '../past-tables.js'
import type { ReplicaPort } from '../replica-port.js'
import { ownerOf } from '../ring-position.js'
import { namespaceOf, originOf } from '../view.js'
import { conditionally } from './conditional.js'

type Schemas = components['schemas']
type Id = 'getTable' | 'getTypeTable' | 'getDiff'

export function tableHandlers(port: ReplicaPort, past: PastTables): Handlers<Id> {
  return {
    getTable: async (request, reply) => {
      const { namespace: name } = request.params
      const view = await port.read(request.query.consistency)
      const { lineage } = originOf(view)
      const namespace = namespaceOf(view, name)
      const { disseminated, newest: committed } = namespace
      const wanted = request.query.generation ?? disseminated
      const table = await past.at(view, name, wanted)
      const { generation, digest } = table
      return conditionally(request, reply, {
        generation,
        state: [lineage, disseminated, committed, digest],
        body: () => ({
          namespace: name,
          lineage,
          generation,
          disseminated,
          committed,
          digest,
          ...tableBody(table),
        }),
      })
    },

    getTypeTable: async (request, reply) => {
      const { namespace: name, type } = request.params
      const view = await port.read(request.query.consistency)
      const { lineage } = originOf(view)
      const { table, newestTable } = namespaceOf(view, name)
      const hosts = [...table.list()].filter(({ typeSet }) => typeSet.types.includes(type))
      if (hosts.length === 0) {
        throw new BerthError('not_found', `No host of "${name}" offers the type "${type}".`)
      }
      const { generation, factor } = table
      const committed = newestTable.generation
      return conditionally(request, reply, {
        generation,
        state: [lineage, committed, table.digest],
        body: () => ({
          namespace: name,
          type,
          lineage,
          generation,
          committed,
          factor,
          hosts: hosts.map(ownerOf),
        }),
      })
    },

    getDiff: async (request, reply) => {
      const { namespace: name } = request.params
      const view = await port.read(request.query.consistency)
      const { lineage } = originOf(view)
      const { from, to = namespaceOf(view, name).newest } = request.query
      if (to < from) {
        throw new BerthError('invalid_request', `"to" (${to}) is below "from" (${from}).`)
      }
      const after = await past.at(view, name, to)
      const before = await past.at(view, name, from)
      return conditionally(request, reply, {
        generation: to,
        state: [lineage, before.digest, after.digest],
        body: () => ({ namespace: name, lineage, from, to, ...compare(before, after) }),
      })
    },
  }
}

type TableBody = Pick<Schemas['Table'], 'factor' | 'level' | 'hash' | 'typeSets' | 'members'>

function tableBody(table: Table): TableBody {
  return {
    factor: table.factor,
    level: table.level,
    hash: hashScheme,
    typeSets: [...table.typeSets.list()],
    members: Array.from(table.list(), tableMember),
  }
}

function tableMember({ name, epoch, appId, typeSet, cordoned }: Member): Schemas['TableMember'] {
  return { name, epoch, appId, types: typeSet.id, cordoned }
}

function diffMember({ name, epoch, appId, typeSet, cordoned }: Member): Schemas['DiffMember'] {
  return { name, epoch, appId, types: typeSet.types, cordoned }
}

type Comparison = Pick<Schemas['Diff'], 'factor' | 'added' | 'removed' | 'changed'>

function compare(from: Table, to: Table): Comparison {
  const added: Schemas['DiffMember'][] = []
  const removed: Schemas['DiffMember'][] = []
  const changed: Schemas['Diff']['changed'][number][] = []
  for (const { before, after } of from.memberDifferences(to)) {
    if (before !== undefined && after !== undefined) {
      changed.push({ before: diffMember(before), after: diffMember(after) })
    } else if (after !== undefined) added.push(diffMember(after))
    else if (before !== undefined) removed.push(diffMember(before))
  }
  return { factor: { from: from.factor, to: to.factor }, added, removed, changed }
}
