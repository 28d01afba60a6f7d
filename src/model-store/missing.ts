/** What `promise` gives, or undefined when the file is not there. Other errors pass. */
export async function orMissing<Value> (promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
