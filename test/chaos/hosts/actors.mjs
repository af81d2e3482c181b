// What host processes share with those who start them.
/** Header of their requests to replicas: the number of the host, from 0. */
export const hostHeader = 'x-chaos-host'
export const namespace = 'default'
export const actorType = 'Order'
export const actorIds = Array.from({ length: 48 }, (_, i) => `order-${i}`)
