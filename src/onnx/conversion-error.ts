/** Name of every error that a published file, not our code, is to blame for. */
const NAME = 'ConversionError'

/** A published file that cannot become a graph: damaged, disagreeing with itself, or in need of something that is not here. */
export const conversionError = (message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name: NAME })

export const isConversionError = (error: unknown): error is Error => error instanceof Error && error.name === NAME
