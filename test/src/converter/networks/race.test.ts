import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('Race gives what Keras gives', withReferences, (t) => matchesKeras(t, 'Race', 'race'))
