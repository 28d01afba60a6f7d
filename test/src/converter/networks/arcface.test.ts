import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('ArcFace gives what Keras gives', withReferences, (t) => matchesKeras(t, 'ArcFace', 'arcface'))
