/** Left, top, width and height in pixels of the upright picture. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}
