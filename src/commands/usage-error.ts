/** A command line that cannot be run as it is; the message tells the person what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
