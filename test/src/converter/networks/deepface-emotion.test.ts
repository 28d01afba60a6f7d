import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('Emotion gives what Keras gives', withReferences, (t) => matchesKeras(t, 'Emotion', 'emotion'))
