import t from 'tap'
import { verifyFaces } from '../../../src/match/verify-faces.ts'

const options = { pipeline: 'native', model: 'SFace', metric: 'cosine', curve: { slope: 10, intercept: -5 } } as const

t.test('the closest pair decides, and a distance at the threshold is verified', async (t) => {
  const [x, y] = [[1, 0], [0, 1]]
  t.strictSame(verifyFaces([x, y], [y], { ...options, threshold: 0 }), { a: 1, b: 0, verified: true, distance: 0, confidence: 99.33 })
  t.match(verifyFaces([x], [y], { ...options, threshold: 1 }), { verified: true, distance: 1 })
  t.match(verifyFaces([x], [y], { ...options, threshold: 0.99 }), { verified: false, distance: 1 })
})

t.test('the deepface pipeline compares the rounded distance with the threshold', async (t) => {
  const near = [Math.cos(0.31), Math.sin(0.31)]
  const threshold = 0.047666
  t.match(verifyFaces([[1, 0]], [near], { ...options, threshold }), { verified: false })
  t.match(verifyFaces([[1, 0]], [near], { ...options, pipeline: 'deepface', threshold }), { verified: true, distance: threshold })
})

t.test('without faces there is no verdict', async (t) => {
  t.equal(verifyFaces([], [[1, 0]], { ...options, threshold: 1 }), undefined)
  t.equal(verifyFaces([[1, 0]], [], { ...options, threshold: 1 }), undefined)
})
