import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('DeepID gives what Keras gives', withReferences, (t) => matchesKeras(t, 'DeepID', 'deepid'))
