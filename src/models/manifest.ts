import type { Card } from './card.ts'

/** The cards as JSON, for reviewers, image builds and mirrors. Thresholds are left out: `GET /api/v1/models` returns them. */
export function toManifest (cards: readonly Card[]): string {
  const models = cards.map(({ name, task, family, files, licence, paper, conversion, parts }) =>
    ({ name, task, family, licence, paper, files, conversion, parts }))
  return `${JSON.stringify({ models }, null, 2)}\n`
}
