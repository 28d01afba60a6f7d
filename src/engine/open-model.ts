import { readFile } from 'node:fs/promises'
import { cardNamed } from '../models/catalogue.ts'
import { openFamily } from '../models/families.ts'
import type { AttributesByPipeline, DetectorByPipeline, ModelFiles, RecogniserByPipeline } from '../models/family.ts'
import { openSession, type Session, type SessionOptions } from '../onnx/session.ts'
import type { AntiSpoofing, MeshModel } from '../pipelines/contract.ts'
import type { ModelFile } from './engine-tasks.ts'

/** The opened forms of a model for the pipelines, by the task of its card. */
export interface ModelByTask {
  readonly detection: DetectorByPipeline
  readonly recognition: RecogniserByPipeline
  readonly landmarks: MeshModel
  readonly attributes: AttributesByPipeline
  readonly 'anti-spoofing': AntiSpoofing
}

export type ModelTask = keyof ModelByTask

export interface OpenModel<Task extends ModelTask = ModelTask> {
  readonly task: Task
  readonly byPipeline: ModelByTask[Task]
  /** Closes all its sessions. */
  readonly close: () => Promise<void>
}

export interface OpenModelOptions extends SessionOptions {
  /** Returns what the adapter gets in place of a session. */
  readonly wrap?: (session: Session) => Session
}

/**
 * Opens all files of a model.
 * @throws {Error} when the card has another task, or one of the files is not what it should be.
 *
 * @example
 * const { byPipeline, close } = await openModel('detection', file, { device: { provider: 'cpu' }, threads: 1 })
 */
export async function openModel<Task extends ModelTask> (
  task: Task, file: ModelFile, { wrap = (session) => session, ...options }: OpenModelOptions
): Promise<OpenModel<Task>> {
  const card = cardNamed(file.name)
  if (card.task !== task) throw new Error(`${card.name} is a model for ${card.task}, not for ${task}.`)
  const sessions: Session[] = []
  const close = async (): Promise<void> => { await Promise.all(sessions.splice(0).map((session) => session.close())) }
  const files: ModelFiles = {
    async session (part) {
      const session = await openSession(pathOf(file, part), { ...options, anySize: task === 'detection' })
      sessions.push(session)
      return wrap(session)
    },
    bytes: (part) => readFile(pathOf(file, part)),
    text: (part) => readFile(pathOf(file, part), 'utf8')
  }
  try {
    // The adapter of a card returns a model for the card's task.
    return { task, byPipeline: await openFamily(files, card) as ModelByTask[Task], close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Whether an open model is one for `task`. */
export const isFor = <Task extends ModelTask>(task: Task, model: OpenModel): model is OpenModel<Task> => model.task === task

/** The paths of a model: its own, then those of its parts. */
export const pathsOf = ({ path, parts = {} }: ModelFile): string[] => [path, ...Object.values(parts)]

function pathOf (file: ModelFile, part: string | undefined): string {
  const path = part === undefined ? file.path : file.parts?.[part]
  if (path === undefined) throw new Error(`${file.name} has no part ${part}.`)
  return path
}
