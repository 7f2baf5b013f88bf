/** A whole number as it is typed, within bounds; `null` for anything else. */
export function wholeNumber(typed: string, least: number, most: number): number | null {
  const text = typed.trim().replace(/(?<=\d),(?=\d{3})/g, '');
  if (!/^\d{1,15}$/.test(text)) return null;
  const number = Number(text);
  return number >= least && number <= most ? number : null;
}

/** Dollars as they are typed, kept as text since a decimal is exact; `null` for what is none, `undefined` for nothing. */
export function dollars(typed: string): string | null | undefined {
  const text = typed.trim().replace(/^\$\s*/, '');
  if (text === '') return undefined;
  return /^\d{1,9}(\.\d{1,6})?$/.test(text) ? text : null;
}

/** The beginning of a day that a date input names, in UTC as prices are kept; `null` for nothing. */
export const dayStart = (typed: string): string | null => (typed === '' ? null : `${typed}T00:00:00Z`);
