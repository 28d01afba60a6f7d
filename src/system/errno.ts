/** Whether `error` is that of a system call that failed with one of these codes (`ENOENT`). */
export const isErrno = (error: unknown, ...codes: string[]): error is NodeJS.ErrnoException =>
  error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '')

/**
 * Returns the value of `promise`, or undefined when it fails because its file does not exist. Other errors pass.
 *
 * @example
 * const text = await orMissing(readFile(path, 'utf8'))
 */
export async function orMissing<Value> (promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
