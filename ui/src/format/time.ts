const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const AHEAD = 15_000;

export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Milliseconds since 1970, or `null` for a time that is missing or cannot be read. */
export function moment(iso: string | null | undefined): number | null {
  if (iso === null || iso === undefined) return null;
  const at = Date.parse(iso);
  return Number.isNaN(at) ? null : at;
}

/** `23 Nov`, with the year where it is another than now's. */
export function formatDay(at: number, now: number, zone = localZone()): string {
  const year = (t: number): string =>
    new Date(t).toLocaleDateString('en-GB', { year: 'numeric', timeZone: zone });
  return new Date(at).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(year(at) === year(now) ? {} : { year: 'numeric' }),
    timeZone: zone,
  });
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
  const date = new Date(at).toLocaleDateString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: zone,
  });
  return `${date}, ${formatClock(at, zone, true)} ${zoneName(at, zone)}`;
}

/** `10:30:45` */
export function formatClock(at: number, zone = localZone(), milliseconds = false): string {
  return new Date(at).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(milliseconds ? { fractionalSecondDigits: 3 } : {}),
    timeZone: zone,
  });
}

/** `23 Nov 10:30` */
export function formatDateTime(at: number, now: number, zone = localZone()): string {
  const clock = new Date(at).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
  });
  return `${formatDay(at, now, zone)} ${clock}`;
}

/** `UTC`, or `GMT+1, Europe/Berlin`. */
export function zoneName(at: number, zone = localZone()): string {
  const short = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'short' })
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value;
  return short === undefined || short === zone ? zone : `${short} (${zone})`;
}
