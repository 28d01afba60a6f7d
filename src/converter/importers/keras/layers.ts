/** Keras' layers under short names, with which networks are described. */
export type { Layer } from './layers/layer.ts'
export * from './layers/activation.ts'
export * from './layers/convolution.ts'
export * from './layers/dense.ts'
export * from './layers/normalisation.ts'
export * from './layers/pooling.ts'
export * from './layers/reshaping.ts'
