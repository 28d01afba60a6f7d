import type { AntiSpoofingCard, Part } from '../card.ts'

/** One of the two networks, which differ in how much they see around a face (see `crop-context.ts`). */
const network = (name: string, network: string, sha256: string, bytes: number): Part => ({
  files: [{
    name,
    sha256,
    bytes,
    sources: [{ url: `https://github.com/minivision-ai/Silent-Face-Anti-Spoofing/raw/master/resources/anti_spoof_models/${name}` }]
  }],
  conversion: { format: 'torch', network, input: { channels: 'BGR', mean: [0, 0, 0], std: [1, 1, 1], size: [80, 80] }, outputs: ['probabilities'] }
})

/** The two MiniFASNets as one model: one alone is undecided where both together are sure. */
export const cards = [
  {
    name: 'MiniFASNet',
    task: 'anti-spoofing',
    family: 'minifasnet',
    ...network('2.7_80x80_MiniFASNetV2.pth', 'minifasnet-v2', 'a5eb02e1843f19b5386b953cc4c9f011c3f985d0ee2bb9819eea9a142099bec0', 1_849_453),
    parts: { v1se: network('4_0_0_80x80_MiniFASNetV1SE.pth', 'minifasnet-v1se', '84ee1d37d96894d5e82de5a57df044ef80a58be2b218b5ed7cdfd875ec2f5990', 1_856_130) },
    licence: { name: 'Apache-2.0', commercial: true, note: 'As Minivision licenses the repository. Which photos it was trained on is not documented.' },
    paper: 'Minivision, Silent-Face-Anti-Spoofing, 2020, no paper; a pruned MobileFaceNet, Chen et al., arXiv:1804.07573'
  }
] as const satisfies readonly AntiSpoofingCard[]
