import t from 'tap'
import { openModelStore } from '../../src/model-store/open-model-store.ts'
import { poster } from './poster.ts'

t.test('POST /api/v1/analyze', async (t) => {
  const post = await poster(t, 'analyze')
  const scores = { happy: 80, neutral: 10, sad: 5, surprise: 5, angry: 0, disgust: 0, fear: 0 }
  const where = { region: { x: 10, y: 20, w: 100, h: 120, left_eye: [81, 61], right_eye: [30, 60] }, face_confidence: 0.99 }

  t.test('all actions when none is asked', async (t) => {
    t.same(await post({ img: 'data:,a' }), {
      status: 200,
      success: true,
      count: 1,
      result: [{
        age: 31,
        gender: { Woman: 90, Man: 10 },
        dominant_gender: 'Woman',
        emotion: scores,
        dominant_emotion: 'happy',
        race: { asian: 10, indian: 10, black: 10, white: 50, 'middle eastern': 10, 'latino hispanic': 10 },
        dominant_race: 'white',
        ...where
      }]
    })
  })
  t.test('only the asked ones, each once', async (t) => {
    t.same((await post({ img: 'data:,a', actions: ['age'] })).result, [{ age: 31, ...where }])
    t.same((await post({ img: 'data:,a', actions: ['emotion', 'emotion'] })).result, [{ emotion: scores, dominant_emotion: 'happy', ...where }])
  })
  t.test('one result a face, at most max_faces', async (t) => {
    t.equal((await post({ img: 'data:,ab' })).count, 2)
    t.equal((await post({ img: 'data:,ab', max_faces: 1 })).count, 1)
  })
  t.test('wrong actions', async (t) => {
    for (const actions of [[], ['height'], 'age', Array(17).fill('age')]) t.match(await post({ img: 'data:,a', actions }), { status: 422, error_code: 'validation_error' })
  })
})

t.test('where licences must permit commercial use, what they forbid is left out and named, unless it is asked for', async (t) => {
  const log = { info: () => {}, warn: () => {} }
  const post = await poster(t, 'analyze', { store: openModelStore({ folder: t.testdir({}), offline: true, licences: 'commercial', log }) })
  const { result, left_out: leftOut } = await post({ img: 'data:,a' })
  t.strictSame(Object.keys(result[0]).sort(), ['age', 'dominant_emotion', 'dominant_gender', 'emotion', 'face_confidence', 'gender', 'region'])
  t.match(leftOut, [{ action: 'race', reason: /MODEL_LICENSES is commercial/ }])
  t.notOk('left_out' in await post({ img: 'data:,a', actions: ['age'] }))
  t.match((await post({ img: 'data:,a', actions: ['race'] })).result, [{ dominant_race: 'white' }], 'the engine decides about a model that is named')
})
