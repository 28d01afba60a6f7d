import type { ErrorMessage } from '../errors.ts'

/** The functions that the workers of a pool run, by name. */
export type Operations<Table> = { readonly [Name in keyof Table]: (...args: never[]) => unknown }

/** The awaited result of an operation. */
export type ResultOf<Table extends Operations<Table>, Name extends keyof Table> = Awaited<ReturnType<Table[Name]>>

/** A call of an operation, as the main thread sends it to a worker. */
export interface Job<Table extends Operations<Table>, Name extends keyof Table = keyof Table> {
  readonly id: number
  readonly name: Name
  readonly args: Parameters<Table[Name]>
}

/** A message of a worker. The first one is `ready`, when it can take jobs, or `broken`, when it cannot start. */
export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'done', readonly id: number, readonly result: unknown }
  | { readonly type: 'failed', readonly id: number, readonly error: ErrorMessage }
  | { readonly type: 'broken', readonly error: ErrorMessage }

/** Calls an operation of `table` by its name. */
export async function callOperation<Table extends Operations<Table>, Name extends keyof Table> (
  table: Table, name: Name, args: Parameters<Table[Name]>
): Promise<ResultOf<Table, Name>> {
  const operation: (...args: never[]) => unknown = table[name]
  return await operation(...args as never[]) as ResultOf<Table, Name>
}
