import { clampView, type MapView, type Point } from './city-map.ts';

/** Which way the view is moved. */
export type PanDirection = 'up' | 'down' | 'left' | 'right';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** So much of what is seen that a press brings new things in and leaves some of the old ones for orientation. */
const PAN_SHARE = 0.4;
/** What lies closer to the border than this share of the view is hard to see and partly covered by the buttons. */
const BORDER_SHARE = 0.12;

const STEPS: Record<PanDirection, Point> = {
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 },
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
};

/** The view after one press on an arrow. */
export function pannedView(view: MapView, direction: PanDirection, size: Size): MapView {
  const { x, y } = STEPS[direction];
  const dx = x * PAN_SHARE * (size.width / view.zoom);
  const dy = y * PAN_SHARE * (size.height / view.zoom);
  return clampView({ ...view, x: view.x + dx, y: view.y + dy }, size);
}

/** The same view if the point is well inside it, or one that has the point in its middle. */
export function viewShowing(view: MapView, point: Point, size: Size): MapView {
  const isInside = (at: number, middle: number, length: number) =>
    Math.abs(at - middle) <= (length / view.zoom) * (0.5 - BORDER_SHARE);
  if (isInside(point.x, view.x, size.width) && isInside(point.y, view.y, size.height)) return view;
  return clampView({ ...view, x: point.x, y: point.y }, size);
}
