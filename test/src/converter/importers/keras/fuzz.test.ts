import t from 'tap'
import { isConversionError } from '../../../../../src/converter/conversion-error.ts'
import { encode } from '../../../../../src/converter/graph/encode-model.ts'
import { importKeras } from '../../../../../src/converter/importers/keras/import-keras.ts'
import { readWeights } from '../../../../../src/converter/importers/keras/keras-weights.ts'
import { mutations, take } from '../../../../fuzz.ts'
import { withReferences } from '../../../../keras/reference.ts'
import { readFixture, tiny } from '../../../../keras/tiny.ts'

/** Files with every kind of structure that the reader supports. */
const FILES = ['plain.h5', 'vlen-names.h5', 'full.h5', 'chunked.h5', 'gzip-shuffle.h5', 'latest.h5', 'latest-gzip.h5', 'split-names.h5']
const COPIES = 1500

t.test(`${FILES.length * COPIES} damaged files are read as they are, or refused by a ConversionError`, withReferences, async (t) => {
  for (const name of FILES) {
    const file = await readFixture(name)
    let [whole, largest] = [0, 0]
    for (const copy of take(COPIES, mutations(7, file))) {
      try {
        for (const { weights } of readWeights(copy)) {
          for (const { bytes } of weights) largest = Math.max(largest, bytes().length)
        }
        encode(importKeras(copy, tiny()))
        whole++
      } catch (error) {
        if (!isConversionError(error)) throw error
      }
    }
    t.ok(largest <= 4 * file.length, `${name}: no dataset is larger than four times the file (${largest} of ${file.length})`)
    t.ok(whole > 0 && whole < COPIES, `${name}: ${whole} of ${COPIES} copies are still usable`)
  }
})
