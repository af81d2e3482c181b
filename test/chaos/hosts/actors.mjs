// The actors that host processes and callers know of.
export const namespace = 'default'
export const actorType = 'Order'
export const actorIds = Array.from({ length: 48 }, (_, i) => `order-${i}`)
