export declare const hostHeader: string
export declare const namespace: string
export declare const actorType: string
export declare const actorIds: readonly string[]
