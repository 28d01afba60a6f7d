/** Description of how `convert` turns the published files of a network into the graph that is run. */
export interface GraphConversion {
  /**
   * `tensorflow` is a frozen GraphDef, whose outputs must be named; `caffe` a prototxt and a caffemodel; `keras` HDF5; `dlib` dlib's
   * serialisation; `dlib-source` a source file of dlib that holds a detector as text; `torch` a state dict; `numpy` and `joblib` arrays
   * by name.
   */
  readonly format: 'onnx' | 'tfjs' | 'tensorflow' | 'tflite' | 'caffe' | 'keras' | 'dlib' | 'dlib-source' | 'torch' | 'joblib' | 'numpy'
  /** Network of `networks/` that the weights belong to, for formats that hold weights alone. */
  readonly network?: string
  /**
   * Preprocessing that is folded into the graph: its input becomes [n, height, width, channels] named `image`, and the graph itself
   * computes (value − mean) / std for each channel, in NCHW. `channels` is the order that the network expects: `RGB`, `BGR` or one grey
   * value.
   */
  readonly input: {
    /** Element type of the pixels: uint8 when undefined, float32 when they are resized without rounding. */
    readonly type?: 'float32'
    readonly channels: 'RGB' | 'BGR' | 'GRAY'
    readonly mean: readonly number[]
    readonly std: readonly number[]
    /** Fixed height and width; undefined when the network takes any multiple of 32. */
    readonly size?: readonly [height: number, width: number]
  }
  /** Names of the outputs to keep, in this order; all when undefined. */
  readonly outputs?: readonly string[]
}

/** Conversion of a published file. `raw` has no graph: the one file is used as it is. */
export type Conversion = GraphConversion | { readonly format: 'raw' }
