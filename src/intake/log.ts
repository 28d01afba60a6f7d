/** Where the intake reports what it refuses. */
export interface IntakeLog {
  info: (details: object, message: string) => void
  debug: (details: object, message: string) => void
}
