import type { Image } from '../image/image.ts'
import { cropCanvas, toCanvas } from '../image/opencv/canvas.ts'
import { roundUp } from '../math/round-up.ts'

/** RetinaFace, YuNet and CenterFace halve their input five times: its sides must be multiples of this. */
export const INPUT_MULTIPLE = 32

/** `image` with black added at the right and at the bottom, up to multiples of 32. */
export const padToMultiple = (image: Image): Image =>
  cropCanvas(toCanvas(image), 0, 0, roundUp(image.width, INPUT_MULTIPLE), roundUp(image.height, INPUT_MULTIPLE))
