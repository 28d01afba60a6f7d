import { conversionError } from '../conversion-error.ts'
import { shapeText, type Tensor } from '../graph/tensor.ts'

/** Weights of a file by name, each of which is taken once. */
export interface NamedWeights {
  /** Returns the weights of that name. @throws {Error} ConversionError when they are missing, or of another shape or type. */
  readonly take: (name: string, dims: readonly number[]) => Tensor
  /** Checks that all weights were taken. @throws {Error} ConversionError when some are left: the file belongs to another network. */
  readonly end: () => void
}

/** Wraps the tensors of a file, all of which must be float32. */
export function namedWeights (tensors: ReadonlyMap<string, Tensor>): NamedWeights {
  const left = new Set(tensors.keys())
  return {
    take (name, dims) {
      const tensor = tensors.get(name)
      if (!tensor) throw conversionError(`The weights ${name} ${shapeText(dims)} are missing; the file has ${some(tensors.keys())}.`)
      if (tensor.type !== 'float32' || shapeText(tensor.dims) !== shapeText(dims)) throw conversionError(`The weights ${name} should be float32 ${shapeText(dims)}; the file has ${tensor.type} ${shapeText(tensor.dims)}.`)
      left.delete(name)
      return tensor
    },
    end () {
      if (left.size > 0) throw conversionError(`The file has weights that the network does not: ${some(left)}.`)
    }
  }
}

/** Lists the first few of the names. */
function some (names: Iterable<string>): string {
  const [all, shown] = [[...names], 5]
  return all.length > shown ? `${all.slice(0, shown).join(', ')} and ${all.length - shown} more` : all.join(', ') || 'none'
}
