import type { DetectorCard } from '../card.ts'

/**
 * Every YuNet weight file. The file declares 640 × 640 pixels; the network accepts any multiples of 32. Its boxes equal OpenCV's only
 * when the picture is padded no further than to those.
 */
export const cards = [
  {
    name: 'yunet',
    task: 'detection',
    family: 'yunet',
    landmarks: true,
    bytesPerPixel: 64,
    files: [
      {
        name: 'face_detection_yunet_2023mar.onnx',
        sha256: '8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4',
        bytes: 232_589,
        sources: [{ url: 'https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx' }]
      }
    ],
    licence: { name: 'MIT', commercial: true, note: 'As OpenCV Zoo licenses the file. Trained on WIDER FACE.' },
    paper: 'Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 2023, doi:10.1007/s11633-023-1423-y',
    conversion: { format: 'onnx', input: { channels: 'BGR', mean: [0, 0, 0], std: [1, 1, 1] } }
  }
] as const satisfies readonly DetectorCard[]
