import t from 'tap'
import { readStateDict } from '../../../../src/converter/importers/torch/read-state-dict.ts'
import { miniFasNet } from '../../../../src/converter/networks/minifasnet.ts'
import { cases, missing, type Recorded, recordedInput, shared } from '../../../references.ts'
import { run, worst } from '../run.ts'

const reference = shared('keras/minifasnet.json')
const FILES = { MiniFASNetV2: '2.7_80x80_MiniFASNetV2.pth', MiniFASNetV1SE: '4_0_0_80x80_MiniFASNetV1SE.pth' } as const

for (const [network, name] of Object.entries(FILES)) {
  const file = shared(`weights/minifasnet/${name}`)
  t.test(`${network} from its .pth gives what its authors' network gives, within 1e-5`, { skip: missing(file, reference) }, async (t) => {
    const graph = miniFasNet(readStateDict(file!), network as keyof typeof FILES)
    const recorded = cases<Recorded>(reference).filter((recorded) => recorded.network === network)
    t.equal(recorded.length, 3)
    for (const { input, outputs: [logits, softmax] } of recorded) {
      const outputs = await run(graph, recordedInput(input), input.shape)
      t.ok(worst(outputs['logits']!.data, logits!.values) < 1e-5)
      t.ok(worst(outputs['probabilities']!.data, softmax!.values) < 1e-5)
    }
  })
}

const v2 = shared(`weights/minifasnet/${FILES.MiniFASNetV2}`)
t.test('the weights of one variant are refused as those of the other', { skip: missing(v2) }, async (t) =>
  t.throws(() => miniFasNet(readStateDict(v2!), 'MiniFASNetV1SE'), {
    message: /conv_3\.model\.1\.conv\.conv\.weight should be float32 \[26, 64, 1, 1\]; the file has float32 \[13, 64, 1, 1\]/
  }))
