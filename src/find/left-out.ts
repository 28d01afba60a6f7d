import { display } from './photo.ts'

/** Extensions of photos that phones and programs write and the decoder does not read. */
const UNREAD = 'heic|heif|heics|hif|avci|jxl|jp2|j2k|j2c|jpx|jpf|psd'
/** Extensions of raw photos, from the list of cameras of dcraw 9.28 (https://www.dechifro.org/dcraw/). */
const RAW = 'raw|dng|crw|cr2|cr3|nef|nrw|arw|srf|sr2|srw|orf|rw2|rwl|raf|pef|x3f|3fr|fff|iiq|mrw|kdc|dcr|k25|erf|mef|mos'
const UNREAD_FORMAT = new RegExp(`\\.(${UNREAD}|${RAW})$`, 'i')

/** Why a symbolic link is not followed. */
export type LinkProblem = 'outside' | 'hidden' | 'dangling' | 'circle'

/** Beginnings of the warnings about links; the number and an example follow. */
const LINKS: Readonly<Record<LinkProblem, string>> = {
  outside: 'Symbolic links that lead out of FACES_DB_PATH are not followed; put the photos inside, or mount their folder there',
  hidden: 'Symbolic links to hidden folders are not followed; rename the folders so that they do not begin with a dot',
  dangling: 'Symbolic links lead to nothing; correct or remove them',
  circle: 'Symbolic links lead in a circle; remove them'
}

/** Counts what a listing leaves out although its owner may expect it to be searched. */
export interface LeftOut {
  /** Counts a link that is not followed. */
  link: (problem: LinkProblem, path: string) => void
  /** Counts a file whose name is not that of a photo. Returns whether it is a photo of a format that is not read. */
  file: (path: string) => boolean
  /** Counts a folder that has this file, and neither photos nor folders. */
  folder: (file: string) => void
  /** One sentence for each kind, with the number and the first example in alphabetical order; empty when there is nothing to tell. */
  sentences: () => string[]
}

interface Kind { count: number, example: string }

export function countLeftOut (): LeftOut {
  const links = new Map<LinkProblem, Kind>()
  const formats = new Map<string, Kind>()
  const folders = new Map<'folder', Kind>()

  return {
    link: (problem, path) => count(links, problem, path),
    file (path) {
      const format = UNREAD_FORMAT.exec(path)?.[1]?.toUpperCase()
      if (format !== undefined) count(formats, format, path)
      return format !== undefined
    },
    folder: (file) => count(folders, 'folder', file),
    sentences () {
      const unreadFormats = [...formats].sort(([a], [b]) => a < b ? -1 : 1).map(([format, kind]) => `${format}: ${told(kind)}`)
      const empty = folders.get('folder')
      return [
        ...unreadFormats.length === 0 ? [] : [`Photos of formats that are not read are not searched; convert them to JPEG or PNG. ${unreadFormats.join(', ')}.`],
        // In the order of the table: folders are read at once, in any order.
        ...Object.entries(LINKS).flatMap(([problem, text]) => {
          const kind = links.get(problem as LinkProblem)
          return kind ? [`${text}: ${told(kind)}.`] : []
        }),
        ...empty === undefined ? [] : [`Folders have files, but no photo that is read: ${told(empty)}.`]
      ]
    }
  }
}

const told = ({ count, example }: Kind): string => `${count} (such as ${display(example)})`

function count<Name> (kinds: Map<Name, Kind>, name: Name, path: string): void {
  const kind = kinds.get(name)
  if (!kind) kinds.set(name, { count: 1, example: path })
  else {
    kind.count++
    if (path < kind.example) kind.example = path
  }
}
