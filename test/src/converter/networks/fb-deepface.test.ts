import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('DeepFace gives what Keras gives', withReferences, (t) => matchesKeras(t, 'DeepFace', 'fb-deepface'))
