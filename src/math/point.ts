/** x, y in pixels; the origin is the centre of the top left pixel, as OpenCV and the detectors' authors have it. */
export type Point = readonly [x: number, y: number]

/** Left eye, right eye, nose tip, left and right mouth corner, left and right as the viewer sees them: the order of the ArcFace template. */
export type Landmarks = readonly [Point, Point, Point, Point, Point]
