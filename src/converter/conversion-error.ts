/** Name of the errors whose cause is a published file and not our code. */
const NAME = 'ConversionError'

/** A published file cannot become a graph: it is damaged, contradicts itself, or needs what is not supported. */
export const conversionError = (message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name: NAME })

export const isConversionError = (error: unknown): error is Error => error instanceof Error && error.name === NAME
