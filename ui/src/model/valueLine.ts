import { isEmpty } from './values';

const MOST = 160;

/** The beginning of a value of any shape as one line: the text in it where there is one, else JSON. */
export function valueLine(value: unknown): string {
  if (isEmpty(value)) return '';
  const text = onlyText(value) ?? JSON.stringify(value);
  const line = text
    .slice(0, 4 * MOST)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}

/** `{"message": "Hello"}` says what `"Hello"` says. */
function onlyText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const [only, ...more] = Object.values(value as Record<string, unknown>);
  return more.length === 0 && typeof only === 'string' ? only : null;
}
