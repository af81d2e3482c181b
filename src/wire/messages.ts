/**
 * The messages of hosts and sidecars, as asyncapi.yaml states them. Types only: the schemas that
 * check them stand in `schemas.generated.ts`, the checks in `validate.ts`.
 */
import type { components } from './messages.generated.js'

type Schemas = components['schemas']

export type Acknowledged = Schemas['Acknowledged']
export type Held = Schemas['Held']
export type TypeSet = Schemas['TypeSet']
export type TableMember = Schemas['TableMember']
export type TableChange = Schemas['TableChange']
export type RunningRound = Schemas['RunningRound']
export type Times = Schemas['Times']
export type NatsAddress = Schemas['NatsAddress']

export type Hello = Schemas['Hello']
export type Resume = Schemas['Resume']
export type Heartbeat = Schemas['Heartbeat']
export type Leave = Schemas['Leave']
export type Bye = Schemas['Bye']
export type Fenced = Schemas['Fenced']
export type Get = Schemas['Get']
export type Types = Schemas['Types']

export type Leader = Schemas['Leader']
export type Registry = Schemas['Registry']
export type RegistryChanged = Schemas['RegistryChanged']
export type Welcome = Schemas['Welcome']
export type Waiting = Schemas['Waiting']
export type Answer = Schemas['Answer']
export type Refused = Schemas['Refused']
export type Fence = Schemas['Fence']
export type Left = Schemas['Left']
export type TableAnswer = Schemas['TableAnswer']
export type TypesTaken = Schemas['TypesTaken']
export type TypesWaiting = Schemas['TypesWaiting']
export type GoElsewhere = Schemas['GoElsewhere']
export type Failure = Schemas['Failure']

export type Lock = Schemas['Lock']
export type Update = Schemas['Update']
export type Unlock = Schemas['Unlock']
export type Beacon = Schemas['Beacon']
export type Pulse = Schemas['Pulse']

/** What a host or an observer says to a replica. */
export type HostMessage = Hello | Heartbeat | Leave | Bye | Fenced | Get | Types

/** One message of a round, or the beacon between rounds. */
export type Order = Lock | Update | Unlock | Beacon

/** What a replica says to a host or an observer. */
export type ReplicaMessage =
  | Welcome
  | Waiting
  | Answer
  | Refused
  | Fence
  | Left
  | Leader
  | RegistryChanged
  | TableAnswer
  | TypesTaken
  | TypesWaiting
  | GoElsewhere
  | Failure
  | Order
