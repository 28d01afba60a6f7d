/** The layers that networks are written with: Keras' own, under short names. */
export type { Layer } from './layers/layer.ts'
export * from './layers/activation.ts'
export * from './layers/convolution.ts'
export * from './layers/dense.ts'
export * from './layers/normalisation.ts'
export * from './layers/pooling.ts'
export * from './layers/reshaping.ts'
