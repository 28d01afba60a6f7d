import { readFile } from 'node:fs/promises'
import { cardNamed } from '../models/catalogue.ts'
import { openFamily } from '../models/families.ts'
import type { OpenedModel, ModelFiles } from '../models/family.ts'
import { openSession, type Session, type SessionOptions } from '../onnx/session.ts'
import type { ModelFile } from './engine-tasks.ts'

export interface OpenModel<Opened extends OpenedModel = OpenedModel> {
  /** A card's task says which kind of forms. */
  readonly byPipeline: Opened
  /** Closes all its sessions. */
  readonly close: () => Promise<void>
}

/** Opens all that a model consists of. @throws {Error} when one of its files is not what it should be. */
export async function openModel<Opened extends OpenedModel> (file: ModelFile, options: SessionOptions): Promise<OpenModel<Opened>> {
  const card = cardNamed(file.name)
  const sessions: Session[] = []
  const close = async (): Promise<void> => { await Promise.all(sessions.splice(0).map((session) => session.close())) }
  const files: ModelFiles = {
    async session (part) {
      const session = await openSession(pathOf(file, part), { ...options, anySize: card.task === 'detection' })
      sessions.push(session)
      return session
    },
    bytes: (part) => readFile(pathOf(file, part)),
    text: (part) => readFile(pathOf(file, part), 'utf8')
  }
  try {
    return { byPipeline: await openFamily(files, card) as Opened, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The paths of a model: its own, then those of its parts. */
export const pathsOf = ({ path, parts = {} }: ModelFile): string[] => [path, ...Object.values(parts)]

function pathOf (file: ModelFile, part: string | undefined): string {
  const path = part === undefined ? file.path : file.parts?.[part]
  if (path === undefined) throw new Error(`${file.name} has no part ${part}.`)
  return path
}
