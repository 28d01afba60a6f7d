import { conversionError } from '../conversion-error.ts'
import { shapeText, type Tensor } from '../graph/tensor.ts'

/** The weights of a file by name, each taken once. */
export interface NamedWeights {
  /** @throws {Error} ConversionError when there is none of that name, or one of another shape or type. */
  readonly take: (name: string, dims: readonly number[]) => Tensor
  /** @throws {Error} ConversionError when something was never taken: the file is of another network. */
  readonly end: () => void
}

/** Every tensor must be float32. */
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

/** A few of the names. */
function some (names: Iterable<string>): string {
  const [all, shown] = [[...names], 5]
  return all.length > shown ? `${all.slice(0, shown).join(', ')} and ${all.length - shown} more` : all.join(', ') || 'none'
}
