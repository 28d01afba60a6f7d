/** Returns the entry for `key`, a word from a file. Inherited properties do not count: `constructor` has no entry. */
export const lookUp = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined => Object.hasOwn(table, key) ? table[key] : undefined
