/**
 * Raised whenever the same files would become another graph: graphs of an older version are then made anew. Apart from the converter,
 * which a start that has its graphs need not load.
 */
export const CONVERTER_VERSION = 5
