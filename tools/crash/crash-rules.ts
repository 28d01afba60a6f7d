/** What the process that is killed writes, and what is looked for afterwards. */
export const COLLECTION = 'crash'
export const WRITERS = 8
/** Of each subject. */
export const FACES = 3
/** Values of an embedding. */
export const LENGTH = 16
