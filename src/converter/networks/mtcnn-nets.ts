/**
 * The three networks of MTCNN, which find faces at every place of a picture, sift them, and find their points. Zhang et al., "Joint
 * Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016, arXiv:1604.02878; the architecture is that
 * of `det1.prototxt` to `det3.prototxt` upstream, as mtcnn 1.0.0 `mtcnn/network` and facenet-pytorch 2.6 `models/mtcnn.py` have it.
 *
 * Input `input` float32, RGB, (value − 127.5) / 128: PNet [n, 3, h, w], RNet [n, 3, 24, 24], ONet [n, 3, 48, 48].
 * Outputs float32: `probability` of no face and of a face, 2 values; `regression`, how far left, top, right and bottom of the face
 * are from those of the window, in its sizes, 4 values; of ONet also `landmarks`, x of five points and then y, in sizes of the
 * window. For PNet they are maps [n, values, rows, columns] with a window of 12 pixels every 2, else [n, values].
 */
export const MTCNN = {
  PNet: { size: undefined, convs: [{ out: 10, kernel: 3, pool: 2 }, { out: 16, kernel: 3 }, { out: 32, kernel: 3 }], dense: undefined, heads: { probability: 2, regression: 4 } },
  RNet: { size: 24, convs: [{ out: 28, kernel: 3, pool: 3 }, { out: 48, kernel: 3, pool: 3 }, { out: 64, kernel: 2 }], dense: 128, heads: { probability: 2, regression: 4 } },
  ONet: {
    size: 48,
    convs: [{ out: 32, kernel: 3, pool: 3 }, { out: 64, kernel: 3, pool: 3 }, { out: 64, kernel: 3, pool: 2 }, { out: 128, kernel: 2 }],
    dense: 256,
    heads: { probability: 2, regression: 4, landmarks: 10 }
  }
} as const satisfies Readonly<Record<string, MtcnnNet>>

export interface MtcnnNet {
  /** Height and width of the input; undefined where it may have any. */
  readonly size: number | undefined
  /** Convolutions without padding, each with a PReLU and, where `pool` is there, the maximum of so many pixels, every two, the last window cut off. */
  readonly convs: ReadonlyArray<{ readonly out: number, readonly kernel: number, readonly pool?: number }>
  /** Values of the layer between the last map and the heads; undefined where the heads are convolutions. */
  readonly dense: number | undefined
  /** Values of each output, in the order of the upstream files. */
  readonly heads: Readonly<Record<string, number>>
}

export type MtcnnName = keyof typeof MTCNN
