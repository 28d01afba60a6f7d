import { readFile } from 'node:fs/promises'
import type { Card, RecogniserCard } from '../models/card.ts'
import { cardNamed } from '../models/catalogue.ts'
import { antiSpoofing, attributes, detectors, recognisers } from '../models/families.ts'
import type { Family, OpenedModel, ModelFiles, RecogniserFamily } from '../models/family.ts'
import { openSession, type Session, type SessionOptions } from '../onnx/session.ts'
import type { ModelFile } from './engine-tasks.ts'

export interface OpenModel<Opened extends OpenedModel = OpenedModel> {
  /** A card's task says which kind of forms. */
  readonly byPipeline: Opened
  /** Closes all its sessions. */
  readonly close: () => Promise<void>
}

/** Opens all that a model consists of. @throws {Error} when it has no adapter, or one of its files is not what it should be. */
export async function openModel<Opened extends OpenedModel> (file: ModelFile, options: SessionOptions): Promise<OpenModel<Opened>> {
  const card = cardNamed(file.name)
  const adapt = adapterOf(card)
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
    return { byPipeline: await adapt(files, card) as Opened, close }
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

function adapterOf (card: Card): Family<OpenedModel> {
  const adapt: Family<OpenedModel> | RecogniserFamily | undefined = { detection: detectors, recognition: recognisers, attributes, 'anti-spoofing': antiSpoofing }[card.task][card.family]
  if (!adapt) throw new Error(`There is no adapter for the family ${card.family} of ${card.name}.`)
  // A card of recognition is a RecogniserCard, which only the catalogue's own type knows.
  return (files, card) => adapt(files, card as RecogniserCard)
}
