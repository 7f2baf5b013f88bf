import { roughDuration } from '../../format/duration';
import { moment } from '../../format/time';

import type { Turn } from '../../api/schema';

const WORTH_SAYING = 5 * 60_000;

/** `9 min later`, where the one before had been over for minutes. */
export function waitBefore(before: Turn | undefined, turn: Turn): string | null {
  const end = moment(before?.endTime ?? before?.startTime);
  const start = moment(turn.startTime);
  if (end === null || start === null || start - end < WORTH_SAYING) return null;
  return `${roughDuration(start - end)} later`;
}
