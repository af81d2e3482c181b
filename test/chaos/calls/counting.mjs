// What hosts of calls share with those who start and judge them.
export const counterType = 'Counter'
export const counterIds = Array.from({ length: 500 }, (_, i) => `counter-${i}`)
/** Header that names a call: of one attempt of a caller, however often it is sent. */
export const callHeader = 'x-call'
