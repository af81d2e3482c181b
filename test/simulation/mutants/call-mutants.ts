/** Bugs of calls: one that is let in where it must not be, sent twice, out of order, or never. */
import { callSeeds, editOf, type Mutant, scenario } from './mutant.js'

const edit = editOf('src/calls/machine')

export const callMutants: readonly Mutant[] = [
  {
    id: 'C1',
    bug: 'The receiver takes what another sidecar sent, and does not ask whether it owns the actor.',
    edits: [
      edit(
        'decision.ts',
        "  return { kind: 'answer', problem: declinedProblem(call, generation) }\n",
        `  const token = generation ?? 0
  return { kind: 'deliver', held: { token, generation: token }, isAside: false }\n`,
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C2',
    bug: 'A call that may have reached an application is sent again, repeatable or not.',
    edits: [
      edit(
        'machine.ts',
        'const mayRepeat = call.arrival.isRepeatable && outcome.canSendAgain && !call.isGuest',
        'const mayRepeat = outcome.canSendAgain && !call.isGuest',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C3',
    bug: 'The application is told that an actor leaves, and it is released, while calls of it run.',
    edits: [
      edit(
        'departures.ts',
        '    if (actor.running.size === 0) {\n      this.#tell',
        '    if (actor.running.size >= 0) {\n      this.#tell',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C4a',
    bug: 'Any call within a call is let in as if it were part of what runs on the actor.',
    edits: [
      edit(
        'actors.ts',
        'return chain.some((name) => this.running.get(name)?.cut === null)',
        'return chain.length > 0',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C4b',
    bug: 'Parts of a call that was cut are let in, so that an actor need never leave.',
    edits: [edit('actors.ts', '?.cut === null)', ' !== undefined)')],
    caughtBy: scenario(
      'what still runs is cut when the time to drain is over; parts are let in no more',
      'test/calls/machine/letting-go.test.ts',
    ),
  },
  {
    id: 'C5a',
    bug: 'Who comes when others wait already goes before them.',
    edits: [
      edit(
        'machine.ts',
        'if (!isFirst && isInOrder && !decision.isAside) {',
        'if (line === null && isInOrder && !decision.isAside) {',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C5b',
    bug: 'A line is left by who came last first.',
    edits: [edit('line.ts', 'const [own] = this.#own\n', 'const own = this.#own.at(-1)\n')],
    caughtBy: callSeeds,
  },
  {
    id: 'C6',
    bug: 'When a call leaves the line it is not asked again whether the actor is still here.',
    edits: [
      edit(
        'machine.ts',
        `    const at = this.#situation(line.type, line.id, now)
    const isHere`,
        `    const at = this.#situation(line.type, line.id, now)
    const held = { token: at.generation ?? 0, generation: at.generation ?? 0 }
    if (at.actor !== undefined) at.location = { kind: 'here', held, leaseLeftMs: 1 }
    const isHere`,
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C7',
    bug: 'An actor leaves when the outermost call has ended, while parts of it run.',
    edits: [
      edit(
        'machine.ts',
        'if (actor !== undefined && actor.running.size > 0) return',
        'if (actor === undefined) return',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C8',
    bug: 'A release is over while somebody may believe that the host owns the actor.',
    edits: [edit('departures.ts', ' || now < believedUntilMs) return', ') return')],
    caughtBy: callSeeds,
  },
  {
    id: 'C9',
    bug: 'When the ownership changes nobody asks for those who wait.',
    edits: [
      edit(
        'machine.ts',
        `  ownershipChanged(_now: number): void {
    this.#lines.askAll()`,
        `  ownershipChanged(_now: number): void {
    void this.#lines`,
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C10',
    bug: 'A sidecar sends on what another sidecar sent.',
    edits: [
      edit(
        'decision.ts',
        'return call.isGuest ? decideGuest(call, at) : decideElsewhere(call, line, at)',
        `return call.isGuest && location.kind !== 'there'
    ? decideGuest(call, at)
    : decideElsewhere(call, line, at)`,
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C11',
    bug: 'When some keys move away all actors of their types leave.',
    edits: [
      edit(
        'departures.ts',
        'if (keys.has(type, actor.id)) this.#join(actor, departure)',
        'this.#join(actor, departure)',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C12',
    bug: 'Two calls of an actor have their turn at once.',
    edits: [
      edit(
        'decision.ts',
        'if (at.hasTurns && actor.running.size > 0) return forTurn',
        'if (at.hasTurns && actor.running.size > 1) return forTurn',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C13',
    bug: 'A call is let in while the application lets go of the actor.',
    edits: [edit('decision.ts', "    if (actor.phase !== 'open') return forLeaving\n", '')],
    caughtBy: callSeeds,
  },
  {
    id: 'C14',
    bug: 'Any number of calls may wait for one actor.',
    edits: [
      edit(
        'lines.ts',
        'if ((known?.size ?? 0) >= waitingPerKeyMax)',
        'if ((known?.size ?? 0) < 0 * waitingPerKeyMax)',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C15',
    bug: 'The deadline ends an answer that has begun.',
    edits: [
      edit(
        'machine.ts',
        '    call.answerBegan = true\n    this.#deadlines.remove(call)\n',
        '    call.answerBegan = true\n',
      ),
    ],
    caughtBy: scenario(
      'no deadline ends an answer that has begun',
      'test/calls/machine/waiting.test.ts',
    ),
  },
  {
    id: 'C16',
    bug: 'A fence cuts what runs only when it comes to it.',
    edits: [
      edit(
        'departures.ts',
        '      if (keys.has(actor.type, actor.id)) this.#join(actor, departure)\n    }\n    this',
        '      void actor\n    }\n    this',
      ),
    ],
    caughtBy: scenario(
      'a final fence cuts all at once, and new calls get 503',
      'test/calls/machine/letting-go.test.ts',
    ),
  },
  {
    id: 'C17',
    bug: 'A deadline that has come is passed over while the call waits.',
    edits: [
      edit(
        'machine.ts',
        '    this.#leaveLine(call, now)\n    this.#answer(call, lateProblem(code, call, why), now)\n',
        '    this.#deadlines.set(call, now + 5_000)\n    void [code, why]\n',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C18',
    bug: 'A call that may not be sent twice is cut when its actor gets another owner.',
    edits: [
      edit(
        'machine.ts',
        '    if (!canSendAgain || !call.arrival.isRepeatable) this.#forwarded.delete(call)\n',
        '    if (!canSendAgain) this.#forwarded.delete(call)\n',
      ),
    ],
    caughtBy: callSeeds,
  },
  {
    id: 'C19',
    bug: 'A call that went out waits for a former owner until its deadline.',
    edits: [
      edit(
        'machine.ts',
        '    if (!canSendAgain || !call.arrival.isRepeatable) this.#forwarded.delete(call)\n',
        '    void canSendAgain\n    this.#forwarded.delete(call)\n',
      ),
    ],
    caughtBy: callSeeds,
  },
]
