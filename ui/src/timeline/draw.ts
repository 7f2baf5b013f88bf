import { roughDuration } from '../format/duration';
import { formatClock } from '../format/time';

import { tickStep, ticks, type Bar, type Layout } from './layout';
import { toPx, type Viewport } from './viewport';

export interface Palette {
  text: string;
  muted: string;
  line: string;
  soft: string;
  accent: string;
  accentSoft: string;
  accentLine: string;
  danger: string;
  dangerSoft: string;
  prompt: string;
  font: string;
}

export interface Picture {
  layout: Layout;
  view: Viewport;
  width: number;
  selected: string | null;
  hovered: string | null;
}

export const AXIS = 18;
const GAP = 4;
const ZOOM = 84;
const TOKENS = 22;
const ALL_LANES = 84;

/** The height of a lane: many at once share the room that there is. */
export const laneHeight = (lanes: number): number => Math.max(5, Math.min(22, Math.floor(ALL_LANES / lanes)));
export const lanesTop = AXIS + GAP;
export const pictureHeight = ({ lanes, mostTokens }: Layout): number =>
  lanesTop + lanes * laneHeight(lanes) + (mostTokens > 0 ? GAP + TOKENS : 0) + GAP;

/** Draws the whole picture; pure in its arguments, the context included. */
export function draw(ctx: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  ctx.clearRect(0, 0, picture.width, pictureHeight(picture.layout));
  ctx.font = palette.font;
  ctx.textBaseline = 'middle';
  drawAxis(ctx, picture, palette);
  drawFolds(ctx, picture, palette);
  drawTokens(ctx, picture, palette);
  drawBars(ctx, picture, palette);
}

function drawAxis(ctx: CanvasRenderingContext2D, { layout, view, width }: Picture, palette: Palette): void {
  const step = tickStep(view.end - view.start, width / 90);
  const bottom = pictureHeight(layout);
  let free = 0;
  for (const { time, track } of ticks(layout, view.start, view.end, step)) {
    const x = Math.round(toPx(track, view, width)) + 0.5;
    ctx.fillStyle = palette.line;
    ctx.fillRect(x - 0.5, AXIS, 1, bottom - AXIS);
    if (x < free) continue;
    const label = formatClock(time, undefined, step < 1000);
    const size = ctx.measureText(label).width;
    // The right end of the axis belongs to the zoom.
    if (x + size > width - ZOOM) break;
    ctx.fillStyle = palette.muted;
    ctx.fillText(label, x, AXIS / 2);
    free = x + size + 16;
  }
}

function drawFolds(ctx: CanvasRenderingContext2D, { layout, view, width }: Picture, palette: Palette): void {
  const bottom = pictureHeight(layout);
  for (const fold of layout.folds) {
    const left = toPx(fold.track, view, width);
    const size = toPx(fold.track + fold.width, view, width) - left;
    if (left + size < 0 || left > width) continue;
    ctx.fillStyle = palette.soft;
    ctx.fillRect(left + 1, AXIS, Math.max(1, size - 2), bottom - AXIS);
    const label = roughDuration(fold.to - fold.from);
    const full = `${label} idle`;
    const text =
      ctx.measureText(full).width < size - 6 ? full : ctx.measureText(label).width < size - 4 ? label : '';
    if (text === '') continue;
    ctx.fillStyle = palette.muted;
    ctx.textAlign = 'center';
    ctx.fillText(text, left + size / 2, lanesTop + (layout.lanes * laneHeight(layout.lanes)) / 2);
    ctx.textAlign = 'start';
  }
}

/** Where thousands share a pixel, one of them is drawn: what failed before what did not. */
function hidesBehind(painted: Map<string, boolean>, bar: Bar, x: number, size: number): boolean {
  if (size > 3) return false;
  const key = `${bar.lane} ${Math.round(x)}`;
  const failed = painted.get(key);
  if (failed === true || (failed === false && !bar.activity.isError)) return true;
  painted.set(key, bar.activity.isError);
  return false;
}

function drawBars(ctx: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { layout, view, width, selected, hovered } = picture;
  const painted = new Map<string, boolean>();
  const onTop: (() => void)[] = [];
  for (const bar of layout.bars) {
    const left = toPx(bar.track, view, width);
    const right = toPx(bar.track + bar.width, view, width);
    if (right < -4 || left > width + 4) continue;
    // What has no length and stands at the very end is drawn inside, too.
    const x = Math.min(Math.max(-4, left), width - 3);
    const size = Math.max(3, Math.min(width + 4, right) - x);
    const state = { isSelected: bar.activity.id === selected, isHovered: bar.activity.id === hovered };
    if (state.isSelected || state.isHovered)
      onTop.push(() => drawBar(ctx, picture, bar, { x, size, ...state }, palette));
    else if (!hidesBehind(painted, bar, x, size)) drawBar(ctx, picture, bar, { x, size, ...state }, palette);
  }
  onTop.forEach((paint) => paint());
}

interface Place {
  x: number;
  size: number;
  isSelected: boolean;
  isHovered: boolean;
}

function drawBar(
  ctx: CanvasRenderingContext2D,
  { layout }: Picture,
  { activity, lane, number }: Bar,
  { x, size, isSelected, isHovered }: Place,
  palette: Palette,
): void {
  const height = laneHeight(layout.lanes);
  const y = lanesTop + lane * height;
  const { isError } = activity;
  const strong = isError ? palette.danger : palette.accent;
  ctx.fillStyle = isSelected || size < 8 ? strong : isError ? palette.dangerSoft : palette.accentSoft;
  if (size <= 3) {
    const wide = isSelected ? 5 : size;
    ctx.fillRect(x - (wide - size) / 2, y + 1, wide, height - 2);
    return;
  }
  ctx.beginPath();
  ctx.roundRect(x, y + 1, size, height - 2, Math.min(4, size / 2, height / 3));
  ctx.fill();
  if (!isSelected) {
    ctx.strokeStyle = isHovered || isError ? strong : palette.accentLine;
    ctx.lineWidth = 1;
    ctx.stroke();
  }
  drawLabel(
    ctx,
    { x: Math.max(0, x), y: y + height / 2, size, height },
    `${isError ? '! ' : ''}${number}`,
    activity.label,
    isSelected ? '#fff' : isError ? palette.danger : palette.text,
  );
}

interface Room {
  x: number;
  y: number;
  size: number;
  height: number;
}

/** The number where it fits, the name beside it where that fits too. */
function drawLabel(
  ctx: CanvasRenderingContext2D,
  room: Room,
  number: string,
  name: string,
  colour: string,
): void {
  if (room.height < 14) return;
  const space = room.size - 10;
  const long = `${number}  ${name.slice(0, 60)}`;
  const text =
    ctx.measureText(long).width <= space
      ? long
      : ctx.measureText(number).width <= room.size - 4
        ? number
        : '';
  if (text === '') return;
  ctx.fillStyle = colour;
  if (text === long) ctx.fillText(text, room.x + 6, room.y);
  else ctx.fillText(text, room.x + (room.size - ctx.measureText(number).width) / 2, room.y);
}

/** Tokens per turn on the same axis: prompt below, completion on top; of those that share a pixel, the most. */
function drawTokens(ctx: CanvasRenderingContext2D, { layout, view, width }: Picture, palette: Palette): void {
  if (layout.mostTokens === 0) return;
  const bottom = pictureHeight(layout) - GAP;
  const scale = TOKENS / layout.mostTokens;
  const columns = new Map<number, { left: number; size: number; prompt: number; completion: number }>();
  for (const { activity, track, width: length } of layout.bars) {
    const left = toPx(track, view, width);
    const size = Math.max(3, toPx(track + length, view, width) - left);
    if (left + size < 0 || left > width) continue;
    const { prompt, completion } = activity.tokens;
    const column = Math.round(left);
    const there = columns.get(column);
    if (prompt + completion === 0) continue;
    if (there !== undefined && there.prompt + there.completion >= prompt + completion) continue;
    columns.set(column, { left, size, prompt, completion });
  }
  ctx.fillStyle = palette.prompt;
  for (const { left, size, prompt } of columns.values())
    ctx.fillRect(left, bottom - prompt * scale, size, prompt * scale);
  ctx.fillStyle = palette.accent;
  for (const { left, size, prompt, completion } of columns.values()) {
    const high = Math.max(1, completion * scale);
    ctx.fillRect(left, bottom - prompt * scale - high, size, high);
  }
}
