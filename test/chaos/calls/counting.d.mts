export declare const counterType: string
export declare const counterIds: readonly string[]
export declare const callHeader: string
