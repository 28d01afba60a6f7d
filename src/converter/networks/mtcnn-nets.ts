/**
 * The three networks of MTCNN: PNet proposes faces at every place of a picture, RNet filters them, ONet locates their landmarks. Zhang et
 * al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016, arXiv:1604.02878; the architecture is
 * that of `det1.prototxt` to `det3.prototxt` upstream, as in mtcnn 1.0.0 `mtcnn/network` and facenet-pytorch 2.6 `models/mtcnn.py`.
 *
 * Input `input` float32, RGB, (value − 127.5) / 128: PNet [n, 3, h, w], RNet [n, 3, 24, 24], ONet [n, 3, 48, 48]. Outputs float32:
 * `probability` of no face and of a face, 2 values; `regression`, 4 values: offsets of left, top, right and bottom of the face from those
 * of the window, in sizes of the window; and for ONet `landmarks`, x of five points and then y, in sizes of the window. For PNet the
 * outputs are maps [n, values, rows, columns] with a window of 12 pixels every 2 pixels, otherwise [n, values].
 */
export const MTCNN = {
  PNet: {
    size: undefined,
    convs: [{ out: 10, kernel: 3, pool: 2 }, { out: 16, kernel: 3 }, { out: 32, kernel: 3 }],
    dense: undefined,
    heads: { probability: 2, regression: 4 }
  },
  RNet: {
    size: 24,
    convs: [{ out: 28, kernel: 3, pool: 3 }, { out: 48, kernel: 3, pool: 3 }, { out: 64, kernel: 2 }],
    dense: 128,
    heads: { probability: 2, regression: 4 }
  },
  ONet: {
    size: 48,
    convs: [{ out: 32, kernel: 3, pool: 3 }, { out: 64, kernel: 3, pool: 3 }, { out: 64, kernel: 3, pool: 2 }, { out: 128, kernel: 2 }],
    dense: 256,
    heads: { probability: 2, regression: 4, landmarks: 10 }
  }
} as const satisfies Readonly<Record<string, MtcnnNet>>

export interface MtcnnNet {
  /** Height and width of the input; undefined when it may have any. */
  readonly size: number | undefined
  /**
   * Convolutions without padding, each with a PReLU and, if `pool` is given, a max pooling over that many pixels with a stride of 2,
   * where a last window that fits only in part counts.
   */
  readonly convs: ReadonlyArray<{ readonly out: number, readonly kernel: number, readonly pool?: number }>
  /** Values of the layer between the last map and the heads; undefined when the heads are convolutions. */
  readonly dense: number | undefined
  /** Values of each output, in the order of the upstream files. */
  readonly heads: Readonly<Record<string, number>>
}

export type MtcnnName = keyof typeof MTCNN
