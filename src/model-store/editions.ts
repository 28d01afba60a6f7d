import type { Card, Edition, SourceFile } from '../models/card.ts'

/** Every form of a card's network, its first one first. */
export const editionsOf = (card: Card): readonly Edition[] => [card, ...card.alternatives ?? []]

/** The published files of all of them. */
export const filesOf = (card: Card): readonly SourceFile[] => editionsOf(card).flatMap(({ files }) => files)
