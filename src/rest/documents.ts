/** What the code looks at in the document (OpenAPI) of a REST server. */

export interface OpenapiDocument {
  readonly info: { readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenapiOperation>>>>
}

export interface OpenapiOperation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly requestBody?: { readonly required?: boolean }
}

/** Methods under the keys of a path item, in capitals; the other keys are no methods. */
export const methodKeys = ['get', 'put', 'post', 'delete', 'patch'] as const

export interface DescribedOperation {
  /** In capitals. */
  readonly method: string
  /** `/v1/x/{y}` */
  readonly template: string
  readonly operation: OpenapiOperation
}

/** Each operation with its method and path template. */
export function operationsOf(document: OpenapiDocument): readonly DescribedOperation[] {
  return Object.entries(document.paths).flatMap(([template, item]) =>
    methodKeys.flatMap((key) => {
      const operation = item[key]
      return operation === undefined ? [] : [{ method: key.toUpperCase(), template, operation }]
    }),
  )
}

/** For each path template its methods; what can be got can be asked about with HEAD as well. */
export function methodsByTemplate(
  operations: readonly DescribedOperation[],
): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>()
  for (const { method, template } of operations) {
    const known = methods.get(template) ?? []
    known.push(...(method === 'GET' ? ['GET', 'HEAD'] : [method]))
    methods.set(template, known)
  }
  return methods
}
