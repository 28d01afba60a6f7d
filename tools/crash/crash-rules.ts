/** Contract between the process that is killed and the checks afterwards: the collection and the number of parallel writers. */
export const COLLECTION = 'crash'
export const WRITERS = 8
/** Faces of each subject. */
export const FACES = 3
/** Values of each embedding. */
export const LENGTH = 16
