import { dateFormat } from './intl';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const AHEAD = 15_000;
const ZONE_HOLDS_MS = 10_000;
let known = { zone: '', askedAt: -Infinity };

/** The browser's time zone; whoever travels with an open page has the new one within seconds. */
export function localZone(): string {
  const now = performance.now();
  if (now - known.askedAt > ZONE_HOLDS_MS)
    known = { zone: Intl.DateTimeFormat().resolvedOptions().timeZone, askedAt: now };
  return known.zone;
}

const yearIn = dateFormat({ year: 'numeric' });
const dayIn = dateFormat({ day: 'numeric', month: 'short' });
const dayOfYearIn = dateFormat({ day: 'numeric', month: 'short', year: 'numeric' });
const dateIn = dateFormat({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const minuteIn = dateFormat({ hour: '2-digit', minute: '2-digit' });
const secondIn = dateFormat({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const millisecondIn = dateFormat({
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
const zoneIn = dateFormat({ timeZoneName: 'short' });

/** Milliseconds since 1970, or `null` for a time that is missing or cannot be read. */
export function moment(iso: string | null | undefined): number | null {
  if (iso === null || iso === undefined) return null;
  const at = Date.parse(iso);
  return Number.isNaN(at) ? null : at;
}

/** `23 Nov`, with the year where it is another than now's. */
export function formatDay(at: number, now: number, zone = localZone()): string {
  const year = yearIn(zone);
  return (year.format(at) === year.format(now) ? dayIn : dayOfYearIn)(zone).format(at);
}

/** `just now`, `3 min ago`, `2 h ago`, `4 d ago`, then the date. */
export function formatRelative(at: number, now: number, zone = localZone()): string {
  const age = now - at;
  const size = Math.abs(age);
  const say = (n: number, unit: string): string => (age < 0 ? `in ${n} ${unit}` : `${n} ${unit} ago`);
  // The page's clock goes in steps, so what just happened may lie ahead of it.
  if (size < MINUTE) return age < -AHEAD ? 'in a moment' : 'just now';
  if (size < HOUR) return say(Math.floor(size / MINUTE), 'min');
  if (size < DAY) return say(Math.floor(size / HOUR), 'h');
  if (size < 7 * DAY) return say(Math.floor(size / DAY), 'd');
  return formatDay(at, now, zone);
}

/** `Mon 23 Nov 2026, 10:30:45.120 UTC (Europe/Berlin)`: the absolute time with its zone named. */
export function formatAbsolute(at: number, zone = localZone()): string {
  return `${dateIn(zone).format(at)}, ${formatClock(at, zone, true)} ${zoneName(at, zone)}`;
}

/** `10:30:45` */
export function formatClock(at: number, zone = localZone(), milliseconds = false): string {
  return (milliseconds ? millisecondIn : secondIn)(zone).format(at);
}

/** `23 Nov 10:30` */
export function formatDateTime(at: number, now: number, zone = localZone()): string {
  return `${formatDay(at, now, zone)} ${minuteIn(zone).format(at)}`;
}

/** `UTC`, or `GMT+1, Europe/Berlin`. */
export function zoneName(at: number, zone = localZone()): string {
  const short = zoneIn(zone)
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value;
  return short === undefined || short === zone ? zone : `${short} (${zone})`;
}
