/** Events of this host as texts of an event stream (HTML Living Standard, 9.2.5). Pure. */
import type { LocalEvent, LocalState } from './local-state.js'
import type { components } from './openapi.generated.js'

type Schemas = components['schemas']

/** To be passed over: shows each side that the other one is there. */
export const pulseText = ':\n\n'

/** What a stream begins with. */
export function stateText({ host, sidecar, ready }: LocalState): string {
  const { generation } = sidecar
  const data: Schemas['StateEvent'] = { host: host?.name ?? null, generation, ready }
  return textOf('state', data)
}

export function eventText(event: LocalEvent): string {
  return textOf(event.kind, dataOf(event))
}

type EventData =
  | Schemas['TableEvent']
  | Schemas['GainedEvent']
  | Schemas['LettingGoEvent']
  | Schemas['FencedEvent']

function dataOf(event: LocalEvent): EventData {
  switch (event.kind) {
    case 'table':
      return { generation: event.generation }
    case 'gained':
      return { generation: event.generation, types: event.types }
    case 'letting_go': {
      const { generation, types, deadlineMs } = event
      return { generation, types, deadlineMs: Math.max(0, Math.round(deadlineMs)) }
    }
    case 'fenced':
      return { types: event.types, final: event.isFinal, reason: event.reason }
    default:
      return event satisfies never
  }
}

/** JSON has no line breaks of its own, so the data is one line. */
function textOf(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
