/** x, y in pixels of the upright picture; the origin is the top left corner, so the centre of the first pixel is (0.5, 0.5). */
export type Point = readonly [x: number, y: number]

/** Left eye, right eye, nose tip, left and right mouth corner, left and right as the viewer sees them: the order of the ArcFace template. */
export type Landmarks = readonly [Point, Point, Point, Point, Point]
