import sharp from 'sharp'
import { mutations, take } from '../../../test/fuzz.ts'
import type { Attack } from '../attack.ts'
import type { Answer } from '../exchange.ts'
import { rleBitmap } from '../hand-made.ts'
import { represent } from '../requests.ts'

const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif', 'bmp'] as const
/** Copies of one picture in one attack, of which so many are sent at once. */
const COPIES = 60
const AT_ONCE = 6

const SIZE = { width: 96, height: 64, channels: 3 } as const

const encoded = async (format: typeof FORMATS[number]): Promise<Buffer> => format === 'bmp'
  ? rleBitmap(SIZE.width, SIZE.height)
  : await sharp({ create: { ...SIZE, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: 30 } } })[format]().toBuffer()

/** Pictures with random faults, other ones each time: the first attack has the seed 1, the next 2, and so on. */
export const mutated: readonly Attack[] = FORMATS.map((format): Attack => {
  let seed = 0
  return {
    name: `mutated-${format}`,
    sends: `${COPIES} ${format} pictures with random faults`,
    bounds: { answered: 10 },
    isShort: format !== 'avif',
    async run (target) {
      const copies = [...take(COPIES, mutations(++seed, await encoded(format)))]
      const answers: Answer[] = []
      while (copies.length > 0) answers.push(...await Promise.all(copies.splice(0, AT_ONCE).map((copy) => represent(target, copy))))
      return answers
    }
  }
})
