/** Log for refused and failed images. */
export interface IntakeLog {
  info: (details: object, message: string) => void
  debug: (details: object, message: string) => void
}
