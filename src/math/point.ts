/** x, y in pixels. The origin is the centre of the top left pixel, as in OpenCV and in the detectors. */
export type Point = readonly [x: number, y: number]

/** Left eye, right eye, nose tip, left and right mouth corner, with left and right as the viewer sees them: the order of ArcFace's template. */
export type Landmarks = readonly [Point, Point, Point, Point, Point]
