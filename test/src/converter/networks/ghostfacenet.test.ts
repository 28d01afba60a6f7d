import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('GhostFaceNet gives what Keras gives', withReferences, (t) => matchesKeras(t, 'GhostFaceNet', 'ghostfacenet', { activation: 'p_re_lu' }))
