import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('RetinaFace gives what Keras gives', withReferences, (t) => matchesKeras(t, 'RetinaFace', 'retinaface'))
