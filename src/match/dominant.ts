/** Returns the name with the highest score; of equal scores the first. */
export const dominant = <Key extends string>(scores: Readonly<Record<Key, number>>): Key =>
  (Object.keys(scores) as Key[]).reduce((best, key) => scores[key] > scores[best] ? key : best)
