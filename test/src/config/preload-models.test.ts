import t from 'tap'
import { parsePreload } from '../../../src/config/preload-models.ts'

t.test('parsePreload', async (t) => {
  t.equal(parsePreload(undefined), undefined, 'empty is the default pack')
  t.strictSame(parsePreload(' sface, retinaface,'), ['SFace', 'retinaface'])
  t.throws(() => parsePreload('SFace, Sface2, VGG-Fase'), { name: 'ConfigError', message: /^PRELOAD_MODELS holds "Sface2", "VGG-Fase"; it must hold models of this version: SFace, / })
})
