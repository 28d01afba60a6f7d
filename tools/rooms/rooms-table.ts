import { readFileSync } from 'node:fs'

/** A room of `rooms.json`: a folder or a file of `src`, or a folder beside it. */
export interface Room {
  readonly name: string
  /** Short description of its content. */
  readonly is: string
  /** Rooms that it may import, all of them below it in the table. */
  readonly imports: readonly string[] | 'all'
}

/** Reads the rooms from top to bottom. The linter's rules come from the same file. @param path of `rooms.json`. */
export const readRooms = (path: string): readonly Room[] => (JSON.parse(readFileSync(path, 'utf8')) as { order: Room[] }).order

/** Returns the room of a file, by its path from the root of the repository; undefined when no room of the table holds it. */
export function roomOf (path: string, rooms: readonly Room[]): string | undefined {
  const [top, next] = path.split('/') as [string, string | undefined]
  const name = top === 'src' ? next?.replace(/\.ts$/, '') : top
  return rooms.find((room) => room.name === name)?.name
}
