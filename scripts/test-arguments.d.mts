export function readArguments(
  args: readonly string[],
  names: readonly string[],
):
  | { readonly again: boolean; readonly chosen: readonly string[]; readonly fault: null }
  | { readonly fault: string }
