import t from 'tap'
import { groupFaces } from '../../../../src/collections/clusters/group-faces.ts'
import { averageRule, type JoinRule, ruleFor } from '../../../../src/collections/clusters/join-rule.ts'
import { bCubed } from '../../../../tools/evaluation/b-cubed.ts'
import { random } from '../../../random.ts'
import { cosine, gaussian, SETS } from '../search/vectors.ts'

const flat = (vectors: readonly Float32Array[]): Float32Array => Float32Array.from(vectors.flatMap((each) => [...each]))
const group = async (vectors: readonly Float32Array[], rule: JoinRule): Promise<number[]> =>
  [...await groupFaces({ embeddings: flat(vectors), length: vectors[0]?.length ?? 1, rule })]
const average = (vectors: readonly Float32Array[], minScore: number): Promise<number[]> => group(vectors, averageRule(minScore, vectors.length))

/** Average linkage by its definition, over all pairs of groups. */
function byDefinition (vectors: readonly Float32Array[], minScore: number): number[] {
  const groups = vectors.map((_, i) => [i])
  const mean = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, i) => sum + b.reduce((row, j) => row + cosine(vectors[i]!, vectors[j]!), 0), 0) / a.length / b.length
  for (;;) {
    let best = { score: -Infinity, a: 0, b: 0 }
    groups.forEach((group, b) => groups.slice(0, b).forEach((other, a) => {
      const score = mean(other, group)
      if (score > best.score) best = { score, a, b }
    }))
    if (best.score < minScore) break
    groups[best.a]!.push(...groups[best.b]!)
    groups.splice(best.b, 1)
  }
  const first = groups.map((group) => Math.min(...group)).sort((a, b) => a - b)
  return vectors.map((_, i) => first.indexOf(Math.min(...groups.find((group) => group.includes(i))!)))
}

/** Faces of people with a few photos each. @param noise length of the noise of a photo; 1 gives cosines of .5 within a person. */
function people (count: number, photos: (person: number) => number, noise: number, length: number, seed: number) {
  const next = random(seed)
  const faces = Array.from({ length: count }, (_, person) => {
    const centre = gaussian(length, next)
    return Array.from({ length: photos(person) }, () => ({ person, vector: gaussian(length, next).map((value, i) => centre[i]! + noise * value) }))
  }).flat()
  // In no order, as photos come.
  return faces.map((face) => ({ face, at: next() })).sort((a, b) => a.at - b.at).map(({ face }) => face)
}

t.test('groups separate people, even when faces in between resemble both', async (t) => {
  const next = random(11)
  const people = Array.from({ length: 4 }, () => gaussian(32, next))
  const faces = Array.from({ length: 40 }, (_, i) => people[i % 4]!.map((value) => value + 0.4 * (next() - 0.5)))
  t.strictSame(await average(faces, 0.7), faces.map((_, i) => i % 4))
  t.strictSame(await average(faces.slice(0, 4), 0.9), [0, 1, 2, 3])
  t.strictSame(await average(faces.slice(0, 4), -1), [0, 0, 0, 0])
  // A chain of faces, each like the next: the ends are strangers, and must not be joined by way of the others.
  const chain = Array.from({ length: 10 }, (_, i) => Float32Array.of(Math.cos(i * 0.3), Math.sin(i * 0.3)))
  t.ok(new Set(await average(chain, 0.8)).size > 2)
  t.strictSame(await average([], 0.5), [])
})

t.test('average linkage in rounds is the one of its definition', async (t) => {
  for (const seed of [1, 2, 3]) {
    const vectors = people(12, (person) => 1 + person % 6, 0.8, 24, seed).map(({ vector }) => vector)
    for (const least of [0.2, 0.4, 0.6]) t.strictSame(await average(vectors, least), byDefinition(vectors, least), `${least}, ${seed}`)
  }
})

t.test('any vectors are grouped: equal and opposite ones, tiny and huge ones, and those without direction', async (t) => {
  for (const [name, make] of Object.entries(SETS)) {
    const vectors = make(20, 300, random(5))
    t.equal((await average(vectors, 0.5)).length, 300, name)
  }
  // More equal faces than neighbours that are found at a time.
  const some = [Float32Array.of(1, 0), Float32Array.of(0, 1)]
  t.strictSame(await average(Array.from({ length: 500 }, (_, i) => some[i % 2]!), 0.9), Array.from({ length: 500 }, (_, i) => i % 2))
  t.strictSame(await average([Float32Array.of(0, 0), Float32Array.of(1, 0), Float32Array.of(0, 0), Float32Array.of(2, 0)], 0.5), [0, 1, 2, 1])
})

t.test('the rule joins less the more groups there are, and never less than two faces need', (t) => {
  const rule = ruleFor((rate) => 0.4 - 0.05 * Math.log10(rate / 1e-3), 10_000)
  t.equal(rule.least.length, 10_001)
  t.ok(rule.least[10_000]! > rule.least[1000]! && rule.least[1000]! > rule.least[100]!)
  t.strictSame([rule.least[1], rule.least[30]], [0.4, 0.4])
  t.end()
})

t.test('a crowd and an album come out right by the same rule, in rounds over more faces than a chunk has', async (t) => {
  // Cosines of 128 random values exceed .4 in few of a million pairs, as thresholds of a recogniser say of strangers.
  const thresholdAt = (rate: number): number => 0.27 + 0.05 * Math.log10(1e-3 / rate)
  for (const [name, faces] of [
    ['crowd', people(2200, (person) => person % 10 === 0 ? 4 : 1, 0.7, 128, 21)],
    ['album', people(40, () => 40, 1.1, 128, 22)]
  ] as const) {
    const numbers = await group(faces.map(({ vector }) => vector), ruleFor(thresholdAt, faces.length))
    const { f } = bCubed(numbers, faces.map(({ person }) => String(person)))
    t.ok(f > 0.985, `${name}: B³ F ${f} of ${faces.length} faces`)
  }
})

t.test('groups that both ask for more are joined only where they are alike enough for the lesser', async (t) => {
  // Cosines: .8 between the first two, .6 between each and the third.
  const vectors = [Float32Array.of(1, 0, 0), Float32Array.of(0.8, 0.6, 0), Float32Array.of(0.6, 0.2, Math.sqrt(0.6))]
  const grouped = async (rises: readonly number[]): Promise<number[]> =>
    [...await groupFaces({ embeddings: flat(vectors), length: 3, rises: Float32Array.from(rises), rule: averageRule(0.5, 3) })]
  t.strictSame(await grouped([0, 0, 0]), [0, 0, 0])
  t.strictSame(await grouped([0.2, 0.2, 0.2]), [0, 0, 1])
  t.strictSame(await grouped([0.4, 0.4, 0.4]), [0, 1, 2])
  t.strictSame(await grouped([0.4, 0.2, 0]), [0, 0, 0], 'of a pair, the lesser counts')
  t.strictSame(await grouped([0.4, 0, 0.4]), [0, 0, 1], 'of a group, the mean')
})

t.test('many faces of children do not hide one that is less alike, and alike enough', async (t) => {
  // All children resemble each other by .7, more than one search keeps; an older face of the last one resembles it by .65, and asks for less.
  const [length, count] = [512, 200]
  const next = random(31)
  const mixed = (a: Float32Array, b: Float32Array, share: number): Float32Array => a.map((value, i) => value * share + b[i]! * Math.sqrt(1 - share * share))
  const common = gaussian(length, next)
  const children = Array.from({ length: count }, () => mixed(common, gaussian(length, next), Math.sqrt(0.7)))
  // The face that is enrolled later looks for its neighbours among the earlier ones.
  const vectors = [mixed(children.at(-1)!, gaussian(length, next), 0.65), ...children]
  const rises = Float32Array.from(vectors, (_, i) => i === 0 ? 0.05 : 0.3)
  t.strictSame([...await groupFaces({ embeddings: flat(vectors), length, rises, rule: averageRule(0.5, count + 1) })], [...Array(count).keys(), 0])
})

t.test('a request that is no longer wanted ends', async (t) => {
  const vectors = people(50, () => 4, 0.8, 16, 4).map(({ vector }) => vector)
  const embeddings = flat(vectors)
  for (const turns of [0, 1, 2]) {
    let left = turns
    const check = (): void => { if (left-- === 0) throw new Error('gone') }
    await t.rejects(groupFaces({ embeddings, length: 16, rule: averageRule(0.4, 200) }, check), { message: 'gone' }, String(turns))
  }
})
