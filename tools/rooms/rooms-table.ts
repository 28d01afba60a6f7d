import { readFileSync } from 'node:fs'

/** One room of `rooms.json`: a folder or a file of `src`, or a folder beside it. */
export interface Room {
  readonly name: string
  /** What is in it, in a few words. */
  readonly is: string
  /** The rooms that it may import, all of them below it in the table. */
  readonly imports: readonly string[] | 'all'
}

/** The rooms from top to bottom; the linter is made of the same file. @param path of `rooms.json`. */
export const readRooms = (path: string): readonly Room[] => (JSON.parse(readFileSync(path, 'utf8')) as { order: Room[] }).order

/** The room of a file, by its path from the root of the repository; undefined when no room of the table holds it. */
export function roomOf (path: string, rooms: readonly Room[]): string | undefined {
  const [top, next] = path.split('/') as [string, string | undefined]
  const name = top === 'src' ? next?.replace(/\.ts$/, '') : top
  return rooms.find((room) => room.name === name)?.name
}
