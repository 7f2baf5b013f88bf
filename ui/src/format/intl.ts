// To make one of these costs a thousand times what it costs to use it, and a list shows hundreds of numbers and times.

/** A number as `en-US` writes it; made once, where it is named. */
export function numberFormat(options: Intl.NumberFormatOptions): (n: number) => string {
  const made = new Intl.NumberFormat('en-US', options);
  return (n) => made.format(n);
}

/** A time as `en-GB` writes it; made once for each zone that is asked for. */
export function dateFormat(options: Intl.DateTimeFormatOptions): (zone: string) => Intl.DateTimeFormat {
  const made = new Map<string, Intl.DateTimeFormat>();
  return (zone) => {
    const known = made.get(zone);
    if (known !== undefined) return known;
    const format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
    made.set(zone, format);
    return format;
  };
}
