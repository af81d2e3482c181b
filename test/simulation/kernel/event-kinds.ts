/** What the kernel's events are, by number; a simulation's own begin at `ownKindsFrom`. */
export const eventKind = {
  timer: 1,
  immediate: 2,
  input: 3,
  dial: 4,
  hello: 5,
  answer: 6,
  frame: 7,
  closed: 8,
  disk: 9,
  chunk: 10,
  fault: 11,
  over: 12,
} as const

export const ownKindsFrom = 32
