import type { DetectorCard, Part, SourceFile } from '../card.ts'

const cascade = (name: string, sha256: string, bytes: number): Part => ({
  files: [{
    name,
    sha256,
    bytes,
    sources: [
      { npm: '@u4/opencv4nodejs@7.1.2', path: `src/lib/haarcascades/${name}` },
      { npm: 'opencv4nodejs-prebuilt@5.3.4', path: `lib/haarcascades/${name}` },
      { url: `https://raw.githubusercontent.com/opencv/opencv/4.11.0/data/haarcascades/${name}` }
    ] satisfies SourceFile['sources']
  }],
  conversion: { format: 'raw' }
})

/** The eye cascade: a part of every detector that may return faces without eyes, because DeepFace then finds them with it. */
export const eye = cascade('haarcascade_eye.xml', '71cc64fc305a355dc60067880f6fbbd43dd155bd63ee3844661a1bda34b2fd8c', 341_406)

/** The two cascades that OpenCV 4.11 ships. They are read as they are; there is no graph to convert. */
export const cards = [
  {
    name: 'opencv',
    task: 'detection',
    family: 'opencv',
    ...cascade('haarcascade_frontalface_default.xml', '0f7d4527844eb514d4a4948e822da90fbb16a34a0bbbbc6adc6498747a5aafb0', 930_127),
    parts: { eye },
    licence: {
      name: 'Intel License Agreement For Open Source Computer Vision Library',
      commercial: true,
      note: 'As the files state: BSD-like. Which photos they were trained on is not documented.'
    },
    paper: 'Viola, Jones, "Rapid object detection using a boosted cascade of simple features", CVPR 2001; Lienhart\'s cascades of OpenCV 4.11'
  }
] as const satisfies readonly DetectorCard[]
