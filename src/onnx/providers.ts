import type { InferenceSession } from 'onnxruntime-node'

/** The device that runs inference: the CPU, or a CUDA device by its number. */
export type Device = { readonly provider: 'cpu' } | { readonly provider: 'cuda', readonly id: number }

/** Execution providers for `device`. ONNX Runtime does not fall back: a CUDA device without its libraries throws when a session is created. */
export const providers = (device: Device): InferenceSession.ExecutionProviderConfig[] =>
  device.provider === 'cpu' ? ['cpu'] : [{ name: 'cuda', deviceId: device.id }]
