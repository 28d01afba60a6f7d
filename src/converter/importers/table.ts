/** The entry for `key`, a word out of a file: `constructor` is one that no table has, whatever its prototype. */
export const lookUp = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined => Object.hasOwn(table, key) ? table[key] : undefined
