/** A process that makes a collection and writes as many subjects to it as it is told, says so, and waits to be killed. */
import { argv } from 'node:process'
import { openSqliteStore } from '../../../src/collections/sqlite/sqlite-store.ts'

const log = { warn: () => {}, error: () => {} }
const store = await openSqliteStore({ path: argv[2]!, log, threads: false })
await store.createCollection({
  id: 'c', model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: 8, storePhotos: false
})
for (let i = 0; i < Number(argv[3]); i++) await store.write('c', [{ kind: 'put-subject', when: 'new', id: `s${i}` }])
process.send!('written')
setInterval(() => {}, 1000)
