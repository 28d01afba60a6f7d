/** Name of errors that are caused by a published file and not by our code. */
const NAME = 'ConversionError'

/**
 * Creates the error for a published file that cannot become a graph: it is damaged, contradicts itself, or needs an unsupported feature.
 */
export const conversionError = (message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name: NAME })

export const isConversionError = (error: unknown): error is Error => error instanceof Error && error.name === NAME
