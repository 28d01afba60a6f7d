import t from 'tap'
import { matchesKeras, withReferences } from '../../../keras/reference.ts'

t.test('VGG-Face gives what Keras gives', withReferences, (t) => matchesKeras(t, 'VGG-Face', 'vgg-face'))
