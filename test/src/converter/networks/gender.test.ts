import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('Gender gives what Keras gives', withReferences, (t) => matchesKeras(t, 'Gender', 'gender'))
