import t from 'tap'
import { type Graph, int } from '../../../../src/converter/graph/graph.ts'
import { floats, float32, scalar } from '../../../../src/converter/graph/tensor.ts'
import { mergeClips } from '../../../../src/converter/passes/merge-clips.ts'
import { prune } from '../../../../src/converter/passes/prune.ts'
import { keeps, leaves, operations, values, world } from '../small-worlds.ts'

/** Returns the bounds of the only Clip of a graph. */
function bounds (graph: Graph): Array<number | undefined> {
  const { nodes, initializers } = prune(graph)
  const clip = nodes.find(({ op }) => op === 'Clip')!
  return clip.inputs.slice(1).map((name) => name === '' ? undefined : floats(initializers.get(name)!)[0])
}

t.test('relu6 spelled out is one Clip', async (t) => {
  const after = await keeps(t, world([3, 4, 4], (b, x) => ({ y: b.binary('Max', 'max', b.binary('Min', 'min', b.unary('Relu', 'relu', x), scalar(0.5)), scalar(-1)) })), mergeClips)
  t.equal(operations(after), 'Clip Identity')
  t.strictSame(bounds(after), [0, 0.5])
})

t.test('one Minimum or Maximum is a Clip, and a Maximum with 0 a Relu', async (t) => {
  const clipped = await keeps(t, world([3, 4, 4], (b, x) => ({ y: b.binary('Min', 'min', values(0.25), x) })), mergeClips)
  t.strictSame(bounds(clipped), [undefined, 0.25])
  t.equal(operations(await keeps(t, world([3, 4, 4], (b, x) => ({ y: b.binary('Max', 'max', x, scalar(0)) })), mergeClips)), 'Relu Identity')
  const relu = await keeps(t, world([3, 4, 4], (b, x) => ({ y: b.unary('Relu', 'relu', b.node('Clip', 'clip', [x], x.dims)) })), mergeClips)
  t.equal(operations(relu), 'Relu Identity', 'a Clip without bounds does nothing')
})

t.test('later bounds hold for what the earlier ones left', async (t) => {
  const cases = [
    [[-1, 0.5], [0.7, 0.9], [0.7, 0.7]], [[0.1, 0.2], [-3, 0.15], [0.1, 0.15]], [[-0.5, 0.5], [0.3, 0.1], [0.1, 0.1]]
  ] as const
  for (const [first, second, expected] of cases) {
    const after = await keeps(t, world([3, 4, 4], (b, x) => ({ y: b.clip('b', b.clip('a', x, first[0], first[1]), second[0], second[1]) })), mergeClips)
    t.strictSame(bounds(after), Array.from(Float32Array.from(expected)))
  }
})

t.test('nothing else is merged', async (t) => {
  const cases: Record<string, Graph> = {
    'a Clip or a Relu alone': world([3, 4, 4], (b, x) => ({ y: b.clip('clip', x, 0, 1), z: b.unary('Relu', 'relu', x) })),
    'a value between them that is read': world([3, 4, 4], (b, x) => {
      const relu = b.unary('Relu', 'relu', x)
      return { y: b.clip('clip', relu, -1, 1), z: b.unary('Neg', 'neg', relu) }
    }),
    'an output of the graph between them': world([3, 4, 4], (b, x) => {
      const relu = b.unary('Relu', 'relu', x)
      return { relu, y: b.clip('clip', relu, -1, 1) }
    }),
    'bounds of several values, or that add an axis': world([3, 4, 4], (b, x) => ({ y: b.binary('Min', 'min', x, values(1, 2, 3, 4)), z: b.binary('Max', 'max', x, float32(Float32Array.of(1), [1, 1, 1, 1, 1])) })),
    'computed bounds': world([3, 4, 4], (b, x) => {
      const bound = b.unary('Neg', 'neg', b.constant('one', scalar(1)))
      return { y: b.node('Clip', 'clip', [b.unary('Relu', 'relu', x), bound], x.dims), z: b.binary('Max', 'max', x, bound) }
    }),
    'a Minimum of three': world([3, 4, 4], (b, x) => ({ y: b.node('Min', 'min', [x, b.constant('one', scalar(1)), b.unary('Neg', 'neg', x)], x.dims) }))
  }
  for (const [what, graph] of Object.entries(cases)) {
    t.test(what, async (t) => {
      await keeps(t, graph, mergeClips)
      leaves(t, graph, mergeClips)
    })
  }
  const graph = world([3, 4, 4], (b, x) => ({ y: b.binary('Max', 'max', x, scalar(0)) }))
  leaves(t, { ...graph, opsets: new Map([['', 10]]) }, mergeClips)
  leaves(t, { ...graph, nodes: graph.nodes.map((node) => ({ ...node, domain: 'com.example', attributes: { a: int(1) } })) }, mergeClips)
})
