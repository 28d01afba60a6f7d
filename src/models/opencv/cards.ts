import type { Licence, SourceFile } from '../card.ts'

/** The two cascades, as OpenCV 4.11 ships them. They are read as they are: there is no graph to convert. */
export const files = [
  {
    name: 'haarcascade_frontalface_default.xml',
    sha256: '0f7d4527844eb514d4a4948e822da90fbb16a34a0bbbbc6adc6498747a5aafb0',
    bytes: 930_127,
    sources: [
      { npm: '@u4/opencv4nodejs@7.1.2', path: 'src/lib/haarcascades/haarcascade_frontalface_default.xml' },
      { npm: 'opencv4nodejs-prebuilt@5.3.4', path: 'lib/haarcascades/haarcascade_frontalface_default.xml' },
      { url: 'https://raw.githubusercontent.com/opencv/opencv/4.11.0/data/haarcascades/haarcascade_frontalface_default.xml' }
    ]
  },
  {
    name: 'haarcascade_eye.xml',
    sha256: '71cc64fc305a355dc60067880f6fbbd43dd155bd63ee3844661a1bda34b2fd8c',
    bytes: 341_406,
    sources: [
      { npm: '@u4/opencv4nodejs@7.1.2', path: 'src/lib/haarcascades/haarcascade_eye.xml' },
      { npm: 'opencv4nodejs-prebuilt@5.3.4', path: 'lib/haarcascades/haarcascade_eye.xml' },
      { url: 'https://raw.githubusercontent.com/opencv/opencv/4.11.0/data/haarcascades/haarcascade_eye.xml' }
    ]
  }
] as const satisfies readonly SourceFile[]

export const licence: Licence = {
  name: 'Intel License Agreement For Open Source Computer Vision Library',
  commercial: true,
  note: 'As the files state: BSD-like. Which photos they were trained on is not documented.'
}
