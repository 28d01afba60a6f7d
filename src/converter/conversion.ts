/** How `convert` turns the published files of a network into the graph that is run. */
export interface GraphConversion {
  /**
   * `tensorflow` is a frozen GraphDef, whose outputs must be named, `caffe` a prototxt and a caffemodel, `keras` HDF5, `dlib` its
   * serialisation, `dlib-source` a source file of dlib's that holds a detector as text, `torch` a state dict, `numpy` and `joblib` arrays by name.
   */
  readonly format: 'onnx' | 'tfjs' | 'tensorflow' | 'tflite' | 'caffe' | 'keras' | 'dlib' | 'dlib-source' | 'torch' | 'joblib' | 'numpy'
  /** For formats that hold weights alone: which network of `networks/` they are for. */
  readonly network?: string
  /**
   * Folds the preprocessing into the graph: the input becomes [n, height, width, channels] named `image`, and the graph itself
   * computes (value − mean) / std a channel, in NCHW. `channels` is the order the network wants, `RGB`, `BGR` or one grey value.
   */
  readonly input: {
    /** What the pixels come as: uint8 when undefined, float32 where they are resized without rounding. */
    readonly type?: 'float32'
    readonly channels: 'RGB' | 'BGR' | 'GRAY'
    readonly mean: readonly number[]
    readonly std: readonly number[]
    /** Fixed height and width, or undefined where the network takes any multiple of 32. */
    readonly size?: readonly [height: number, width: number]
  }
  /** Names of the outputs to keep, in this order; all when undefined. */
  readonly outputs?: readonly string[]
}

/** `raw`: there is no graph; the one published file is used as it is. */
export type Conversion = GraphConversion | { readonly format: 'raw' }
