import neostandard from 'neostandard'

/** The files may not import what matches. A later entry replaces an earlier one for the same file, so the general ones come first. */
const forbid = (files, ...patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: patterns.map((regex) => ({ regex })) }] }
})
const libraries = ['^sharp', '^onnxruntime', '^fastify', '^@fastify/', '^env-schema', '^pino', '^undici', '^pacote', '^protobufjs']
const except = (...names) => libraries.filter((library) => !names.includes(library))
const outside = ['/plugins/', '/routes/', '/commands/']

export default [
  ...neostandard({ ts: true, ignores: ['dist', '.tap', 'coverage'] }),
  forbid(['src/**'], ...libraries, ...outside),
  forbid(['src/image/**'], ...except('^sharp'), ...outside, '/(onnx|models|engine|model-store|intake|find)/'),
  forbid(['src/onnx/**'], ...except('^onnxruntime'), ...outside, '/(image|engine|model-store|intake|find)/'),
  forbid(['src/converter/**'], ...except('^protobufjs'), ...outside, '/(image|models|onnx|engine|model-store|intake|find)/'),
  forbid(['src/models/**'], ...libraries, ...outside, '/(engine|model-store|intake|find)/'),
  forbid(['src/opencv/**'], ...libraries, ...outside, '/(onnx|models|deepface|engine|model-store|intake|find)/'),
  forbid(['src/deepface/**'], ...libraries, ...outside, '/(onnx|engine|model-store|intake|find)/'),
  forbid(['src/math/**'], '^\\.\\./', '^[^.]'),
  forbid(['src/schemas/**'], ...libraries, ...outside, '/(onnx|image|model-store|intake|find)/'),
  forbid(['src/model-store/**'], ...except('^undici', '^pacote'), ...outside, '/(engine|image|intake|find)/'),
  forbid(['src/intake/**'], ...except('^undici'), ...outside, '/(engine|image|onnx|model-store|find)/'),
  forbid(['src/find/**'], ...libraries, ...outside, '/(image|onnx|model-store|intake)/'),
  forbid(['src/collections/**'], ...libraries, ...outside, '/(image|onnx|intake)/'),
  forbid(['src/config/**'], ...except('^env-schema')),
  forbid(['src/app.ts', 'src/services.ts', 'src/server.ts', 'src/commands/**'], '^sharp', '^onnxruntime'),
  forbid(['routes/**'], '^sharp', '^onnxruntime', '^undici', '/plugins/', '/(onnx|image|model-store)/'),
  forbid(['plugins/**'], '^sharp', '^onnxruntime', '^undici', '/routes/', '/(onnx|image)/')
]
