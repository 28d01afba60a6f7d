import type { InferenceSession } from 'onnxruntime-node'

/** Where inference runs: the CPU, or a CUDA device by its number. */
export type Device = { readonly provider: 'cpu' } | { readonly provider: 'cuda', readonly id: number }

/** ONNX Runtime does not fall back by itself: a CUDA device without its libraries throws when a session is made. */
export const providers = (device: Device): InferenceSession.ExecutionProviderConfig[] =>
  device.provider === 'cpu' ? ['cpu'] : [{ name: 'cuda', deviceId: device.id }]
