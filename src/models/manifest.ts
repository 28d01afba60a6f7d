import type { Card } from './card.ts'

/** The cards as JSON, for those who read no TypeScript: reviewers, image builds, mirrors. Calibration is left to `/api/v1/models`. */
export function toManifest (cards: readonly Card[]): string {
  const models = cards.map(({ name, task, family, files, licence, paper, conversion, parts }) =>
    ({ name, task, family, licence, paper, files, conversion, parts }))
  return `${JSON.stringify({ models }, null, 2)}\n`
}
