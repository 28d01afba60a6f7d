import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Calibration } from '../../../src/models/card.ts'
import { cards, isRecogniser } from '../../../src/models/catalogue.ts'
import { type Calibrations, toSource, withCalibration } from '../../../tools/evaluation/calibration-file.ts'

const calibration: Calibration = {
  measured: { date: '2026-01-02', list: 'it\'s a list', same: 1, different: 2 },
  thresholds: { cosine: 0.5, euclidean: 1, euclidean_l2: 1, angular: 0.3 },
  probability: { slope: 30, intercept: -10.5 }
}

t.test('as TypeScript', async (t) => {
  t.equal(toSource({ 'B-1': { mesh: calibration }, A: {} }), `import type { Alignment, Calibration } from '../card.ts'

/** Written by \`npm run tool -- calibrate\`; edit nothing here by hand. */
export const calibrations: Readonly<Record<string, Partial<Record<Alignment, Calibration>>>> = {
  A: {},
  'B-1': {
    mesh: {
      measured: { date: '2026-01-02', list: 'it\\'s a list', same: 1, different: 2 },
      thresholds: { cosine: 0.5, euclidean: 1, euclidean_l2: 1, angular: 0.3 },
      probability: { slope: 30, intercept: -10.5 }
    }
  }
}
`)
})

t.test('a measurement replaces its own model\'s and alignment\'s only', async (t) => {
  const other = { ...calibration, probability: { slope: 1, intercept: 0 } }
  const all: Calibrations = { A: { mesh: calibration, deepface: calibration }, B: { mesh: calibration } }
  t.strictSame(withCalibration(all, 'A', 'mesh', other), { A: { mesh: other, deepface: calibration }, B: { mesh: calibration } })
  t.strictSame(withCalibration({}, 'A', 'mesh', other), { A: { mesh: other } })
})

t.test('the files of the families are what the command writes, and what the cards say', async (t) => {
  for (const card of cards.filter(isRecogniser)) {
    const { calibrations } = await import(`../../../src/models/${card.family}/calibration.ts`) as { calibrations: Calibrations }
    t.equal(readFileSync(new URL(`../../../src/models/${card.family}/calibration.ts`, import.meta.url), 'utf8'), toSource(calibrations), card.family)
    t.match(card.calibration, calibrations[card.name] ?? { mesh: { note: /DeepFace/ } }, card.name)
  }
})
