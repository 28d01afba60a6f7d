import { existsSync, readdirSync } from 'node:fs'
import { env } from 'node:process'
import type { Test } from 'tap'
import { ensureModel } from '../src/engine/open-engine.ts'
import { openModel } from '../src/engine/open-model.ts'
import { openModelStore } from '../src/model-store/open-model-store.ts'
import { cardNamed } from '../src/models/catalogue.ts'
import type { DetectorByPipeline, OpenedModel } from '../src/models/family.ts'
import { partsOf } from '../src/models/model-files.ts'
import type { CanvasDetector } from '../src/pipelines/deepface/deepface-models.ts'
import { sharedPath } from './shared.ts'

/** The folder of published weights. */
const WEIGHTS = sharedPath('weights')
const available = new Set(existsSync(WEIGHTS) ? readdirSync(WEIGHTS, { recursive: true, withFileTypes: true }).map(({ name }) => name) : [])

/** For tap's `skip`: false when the published files of these models are available, otherwise the reason to skip. */
export function missingWeights (...models: readonly string[]): false | string {
  const files = models.map(cardNamed).flatMap(partsOf).flatMap(({ files }) => files)
  const lacking = files.filter(({ name }) => !available.has(name)).map(({ name }) => name)
  return lacking.length > 0 && `${lacking.join(', ')} (../shared/weights) are not here`
}

/** Opens a model of the catalogue as the service does, from the weights beside the checkout, until the test ends. */
export async function openCard<Opened extends OpenedModel> (t: Test, name: string): Promise<Opened> {
  const store = openModelStore({ folder: env['MODELS_PATH'] ?? 'onnx-models', mirror: WEIGHTS, offline: true, licences: 'any', log: { info () {}, warn () {} } })
  t.teardown(() => store.close())
  const card = cardNamed(name)
  const { byPipeline, close } = await openModel(card.task, await ensureModel(store, card), { device: { provider: 'cpu' }, threads: 1 })
  t.teardown(close)
  return byPipeline as Opened
}

/** Opens a detector as the deepface pipeline uses it. */
export async function openDetector (t: Test, name: string): Promise<CanvasDetector> {
  const { deepface } = await openCard<DetectorByPipeline>(t, name)
  if (!deepface) throw new Error(`${name} does not work in the deepface pipeline.`)
  return deepface
}
