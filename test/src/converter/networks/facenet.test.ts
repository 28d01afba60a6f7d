import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('Facenet gives what Keras gives', withReferences, (t) => matchesKeras(t, 'Facenet', 'facenet'))
t.test('Facenet512 gives what Keras gives', withReferences, (t) => matchesKeras(t, 'Facenet512', 'facenet512'))
