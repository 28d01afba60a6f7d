import t from 'tap'
import { check } from '../../../../src/converter/graph/check.ts'
import { type Graph, int, node, type Node } from '../../../../src/converter/graph/graph.ts'
import type { Tensor } from '../../../../src/converter/graph/tensor.ts'
import { weights } from '../small-worlds.ts'

const graphOf = (nodes: readonly Node[], constants: Readonly<Record<string, Tensor>> = {}, more: Partial<Graph> = {}): Graph => ({
  name: 'graph',
  opsets: new Map([['', 17]]),
  inputs: [{ name: 'x', type: 'float32', dims: undefined }],
  outputs: [{ name: 'y', type: 'float32', dims: undefined }],
  initializers: new Map(Object.entries(constants)),
  nodes,
  metadata: new Map(),
  ...more
})

const refuses = (what: string, message: string, graph: Graph) => t.throws(() => check(graph), { name: 'ConversionError', message }, what)
const bias = { w: weights([4, 3, 1, 1]), b: weights([3]) }

t.test('a valid graph is returned unchanged', async (t) => {
  const graph = graphOf([node('Relu', ['x', ''], ['y', ''])])
  t.equal(check(graph), graph)
  const odd = graphOf(['constructor', '__proto__', 'toString'].map((op, i) => node(op, ['x'], [['y', 'a', 'b'][i]!])))
  t.equal(check(odd), odd, 'whatever its operations are called')
  const foreign = graphOf([{ ...node('Conv', ['x', 'w'], ['y']), domain: 'com.example' }], { w: weights([3]) })
  t.equal(check(foreign), foreign, 'operations of other domains are not checked')
})

t.test('contradictions', async () => {
  refuses('a cycle', 'a (Relu) reads y, which nothing makes before it.', graphOf([node('Relu', ['y'], ['a']), node('Relu', ['a'], ['y'])]))
  refuses('a value made twice', 'y (Neg) makes y, which is there already.', graphOf([node('Relu', ['x'], ['y']), node('Neg', ['x'], ['y'])]))
  refuses('an input made again', 'x (Relu) makes x, which is there already.', graphOf([node('Relu', ['x'], ['x'])]))
  refuses('an output that nothing makes', 'The output y is made by no node.', graphOf([node('Relu', ['x'], ['z'])]))
  refuses('no outputs', 'The graph has no outputs.', graphOf([], {}, { outputs: [] }))
  refuses('two inputs of one name', 'Two inputs have one name: x, x.', graphOf([], {}, { inputs: [{ name: 'x', type: 'float32', dims: [] }, { name: 'x', type: 'float32', dims: [] }] }))
  const conv = (attributes = {}) => node('Conv', ['x', 'w', 'b'], ['y'], attributes)
  refuses('biases for other kernels', 'y (Conv): 4 kernels need as many biases; there are [3].', graphOf([conv()], bias))
  refuses('kernels without area', 'y (Conv): weights of shape [4, 3] are no kernels.', graphOf([conv()], { ...bias, w: weights([4, 3]) }))
  refuses('groups that do not fit', 'y (Conv): 4 kernels cannot be shared by 3 groups.', graphOf([conv({ group: int(3) })], bias))
  const gemm = (attributes = {}) => node('Gemm', ['x', 'w', 'b'], ['y'], attributes)
  refuses('no matrix', 'y (Gemm): weights of shape [4] are no matrix.', graphOf([gemm()], { ...bias, w: weights([4]) }))
  refuses('biases for other columns', 'y (Gemm): 4 columns need as many biases; there are [3].', graphOf([gemm({ transB: int(1) })], { w: weights([4, 2]), b: weights([3]) }))
  refuses('parameters of two sizes', 'y (BatchNormalization): its parameters have the shapes [4] and [3].',
    graphOf([node('BatchNormalization', ['x', 'a', 'b', 'a', 'a'], ['y'])], { a: weights([4]), b: weights([3]) }))
})
