import { GENDERS, type Gender, type Race } from '../../src/names.ts'

/** Attributes encoded in the file name of a UTKFace photo. */
export interface Person {
  /** Years. */
  readonly age: number
  readonly gender: Gender
  /** Undefined for UTKFace's class "other". */
  readonly race: Race | undefined
}

/**
 * Class numbers of UTKFace: 0 male, 1 female; 0 White, 1 Black, 2 Asian, 3 Indian, 4 other (Zhang et al., CVPR 2017, and the page of the
 * data set).
 */
const [WOMAN, MAN] = GENDERS
const SEXES: readonly Gender[] = [MAN, WOMAN]
const CLASSES: ReadonlyArray<Race | undefined> = ['white', 'black', 'asian', 'indian', undefined]

/**
 * Parses `<age>_<gender>_<race>_<date>.jpg`, the file names of UTKFace; undefined for other names. A few photos of the set lack a field.
 */
export function parseName (name: string): Person | undefined {
  const [, age, gender, race] = /^(\d{1,3})_([01])_([0-4])_\d+\.(?:jpe?g|png)(?:\.chip\.jpg)?$/i.exec(name) ?? []
  if (race === undefined) return undefined
  return { age: Number(age), gender: SEXES[Number(gender)]!, race: CLASSES[Number(race)] }
}
