/** Telemetry values (any JSON) as text, bounded: a field may be 5 MB. */

export const SHOWN_CHARACTERS = 20_000;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON that came as text is read, everything else is left alone. */
export function readJson(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

/** The whole value as readable text; text stays as it is. */
export function fullText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}

function short(value: unknown, limit: number): string {
  const text = typeof value === 'string' ? value : ((JSON.stringify(value) as string | undefined) ?? '');
  const line = text
    .slice(0, limit * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

/** One line for a folded row. */
export function oneLine(value: unknown, limit = 120): string {
  return short(value, limit);
}

/** `id=1182, express=true` */
export function argumentsLine(args: unknown, limit = 100): string {
  const value = readJson(args);
  if (isEmpty(value)) return '';
  if (!isRecord(value)) return short(value, limit);
  const parts: string[] = [];
  let length = 0;
  for (const [key, item] of Object.entries(value)) {
    const part = `${key}=${short(item, 40)}`;
    length += part.length + 2;
    if (length > limit && parts.length > 0) return `${parts.join(', ')}, …`;
    parts.push(part);
  }
  return parts.join(', ');
}

/** The text people would want to see of an input or output: `{"message": "Hello!"}` is `Hello!`. */
export function mainText(value: unknown): string | null {
  const read = readJson(value);
  if (typeof read === 'string') return read;
  if (!isRecord(read)) return null;
  const entries = Object.entries(read).filter(([, item]) => typeof item === 'string');
  const named = entries.find(([key]) =>
    ['message', 'content', 'text', 'response', 'output', 'input', 'question', 'answer'].includes(key),
  );
  const only = named ?? (Object.keys(read).length === 1 ? entries[0] : undefined);
  return only === undefined ? null : String(only[1]);
}

/** `1.2 KB`, `5.2 MB`, counted in characters of the text that would be shown. */
export function sizeOf(characters: number): string {
  if (characters < 1000) return `${characters} characters`;
  if (characters < 1_000_000) return `${(characters / 1000).toFixed(1)} K characters`;
  return `${(characters / 1_000_000).toFixed(1)} M characters`;
}

/** `512 bytes`, `48 KB`, `5.2 MB` */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
