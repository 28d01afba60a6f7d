import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('OpenFace gives what Keras gives', withReferences, (t) => matchesKeras(t, 'OpenFace', 'openface'))
