import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('Age gives what Keras gives', withReferences, (t) => matchesKeras(t, 'Age', 'age'))
