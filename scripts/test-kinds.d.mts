export type TestKind =
  | 'architecture'
  | 'unit'
  | 'integration'
  | 'programs'
  | 'simulation'
  | 'e2e'
  | 'chaos'
  | 'fuzz'
  | 'package'
export declare const kinds: readonly TestKind[]
export declare function testFiles(): ReadonlyMap<TestKind, readonly string[]>
