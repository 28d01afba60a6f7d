/**
 * Version of the converter, raised whenever the same files would become another graph: graphs of an older version are then converted
 * again. Kept apart from the converter so that a start that finds its graphs on disk need not load it.
 */
export const CONVERTER_VERSION = 5
