import type { DetectorCard } from '../card.ts'

/** Every BlazeFace weight file. */
export const cards = [
  {
    name: 'mediapipe',
    task: 'detection',
    family: 'mediapipe',
    files: [
      {
        name: 'face_detection_short_range.tflite',
        sha256: '3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633',
        bytes: 229_032,
        sources: [{ npm: '@mediapipe/face_detection@0.4.1657300184', path: 'face_detection_short_range.tflite' }]
      }
    ],
    licence: { name: 'Apache-2.0', commercial: true, note: 'As Google licenses the file. For faces within two metres of the camera; trained on photos of Google’s own, see its model card.' },
    paper: 'Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019, arXiv:1907.05047',
    conversion: { format: 'tflite', input: { channels: 'RGB', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5], size: [128, 128] } }
  }
] as const satisfies readonly DetectorCard[]
