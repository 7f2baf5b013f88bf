import { numberFormat } from './intl';

const whole = numberFormat({ maximumFractionDigits: 0 });

const hundredths = numberFormat({ maximumFractionDigits: 2 });

/** `12,480` */
export const formatCount = (n: number): string => whole(n);

/** `950`, `2.5k`, `18.2k`, `182k`, `1.2M`, `3.4B`: at most four characters and a unit. */
export function formatCompact(n: number): string {
  for (const [size, unit] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    const scaled = n / size;
    // 999,950 would round to `1000k`.
    if (scaled >= 0.99995 && n >= 1000) {
      return `${scaled >= 99.95 ? Math.round(scaled) : Number(scaled.toFixed(1))}${unit}`;
    }
  }
  return whole(n);
}

/** `5.2`, `14`, `1,204`: one decimal below ten. */
export function formatMean(n: number): string {
  return n < 10 ? String(Number(n.toFixed(1))) : whole(n);
}

export const formatTokens = formatCompact;

export const exactTokens = (n: number): string => `${whole(n)} ${n === 1 ? 'token' : 'tokens'}`;

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${whole(n)} ${n === 1 ? one : many}`;
}

/** `0.82 turns`, `1 turn`, `12,480 tokens` */
export const exactNumber =
  (unit: string) =>
  (n: number): string =>
    `${hundredths(n)} ${n === 1 ? unit : `${unit}s`}`;
