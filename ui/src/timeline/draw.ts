import { roughDuration } from '../format/duration';
import { formatClock } from '../format/time';

import { tickStep, ticks, type Layout } from './layout';
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

function drawBars(ctx: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { layout, view, width, selected, hovered } = picture;
  const height = laneHeight(layout.lanes);
  for (const bar of layout.bars) {
    const left = toPx(bar.track, view, width);
    const right = toPx(bar.track + bar.width, view, width);
    if (right < -4 || left > width + 4) continue;
    // What has no length and stands at the very end is drawn inside, too.
    const x = Math.min(Math.max(-4, left), width - 3);
    const size = Math.max(3, Math.min(width + 4, right) - x);
    const y = lanesTop + bar.lane * height;
    const isSelected = bar.activity.id === selected;
    const isHovered = bar.activity.id === hovered;
    const { isError } = bar.activity;
    const strong = isError ? palette.danger : palette.accent;
    ctx.beginPath();
    ctx.roundRect(x, y + 1, size, height - 2, Math.min(4, size / 2, height / 3));
    ctx.fillStyle = isSelected || size < 8 ? strong : isError ? palette.dangerSoft : palette.accentSoft;
    ctx.fill();
    if (!isSelected) {
      ctx.strokeStyle = isHovered || isError ? strong : palette.accentLine;
      ctx.lineWidth = 1;
      ctx.stroke();
    }
    drawLabel(
      ctx,
      { x: Math.max(0, x), y: y + height / 2, size, height },
      `${isError ? '! ' : ''}${bar.number}`,
      bar.activity.label,
      isSelected ? '#fff' : isError ? palette.danger : palette.text,
    );
  }
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

/** Tokens per turn on the same axis: prompt below, completion on top. */
function drawTokens(ctx: CanvasRenderingContext2D, { layout, view, width }: Picture, palette: Palette): void {
  if (layout.mostTokens === 0) return;
  const bottom = pictureHeight(layout) - GAP;
  for (const { activity, track, width: length } of layout.bars) {
    const left = toPx(track, view, width);
    const size = Math.max(3, toPx(track + length, view, width) - left);
    if (left + size < 0 || left > width) continue;
    const scale = TOKENS / layout.mostTokens;
    const prompt = activity.tokens.prompt * scale;
    const completion = activity.tokens.completion * scale;
    if (prompt + completion === 0) continue;
    ctx.fillStyle = palette.prompt;
    ctx.fillRect(left, bottom - prompt, size, prompt);
    ctx.fillStyle = palette.accent;
    ctx.fillRect(left, bottom - prompt - Math.max(1, completion), size, Math.max(1, completion));
  }
}
