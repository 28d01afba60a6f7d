import { openModelStore } from '../../../src/model-store/open-model-store.ts'

/** A child process that ensures one card, given as JSON, and reports each progress and the outcome. Its graphs equal those of `counting`. */
const { card, folder } = JSON.parse(process.argv[2]!)
const store = openModelStore({
  folder,
  cards: [card],
  offline: false,
  licences: 'any',
  log: { info () {}, warn () {} },
  npm: {},
  converter: { version: 1, convert: async (_conversion, files) => Buffer.from(`graph 1 ${[...files.keys()].join(' ')}`) },
  progress: () => process.send?.('progress')
})
process.send?.('started')
try {
  process.send?.({ path: await store.ensure(card, { patience: 60_000 }) })
} catch (error) {
  process.send?.({ error: String(error) })
} finally {
  process.disconnect()
}
