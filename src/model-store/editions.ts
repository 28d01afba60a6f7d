import type { Card, Edition, SourceFile } from '../models/card.ts'

/** All editions of a card's network, the preferred one first. */
export const editionsOf = (card: Card): readonly Edition[] => [card, ...card.alternatives ?? []]

/** The published files of all editions of a card. */
export const filesOf = (card: Card): readonly SourceFile[] => editionsOf(card).flatMap(({ files }) => files)
