/** What went wrong with a request, in words that can be shown. */
export class ApiError extends Error {
  override name = 'ApiError';

  constructor(
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
    /** Of a filter expression: the character (code point, from 0) at which it goes wrong. */
    readonly position: number | null = null,
  ) {
    super(message);
  }
}

interface ErrorBody {
  error: { code?: unknown; message?: unknown; hint?: unknown; position?: unknown };
}

function isErrorBody(body: unknown): body is ErrorBody {
  return (
    typeof body === 'object' &&
    body !== null &&
    'error' in body &&
    typeof body.error === 'object' &&
    body.error !== null
  );
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The error of an answer that is not a 2xx, whatever its body turned out to be. */
export function errorOfAnswer(status: number, body: unknown): ApiError {
  const error = isErrorBody(body) ? body.error : {};
  return new ApiError(
    status,
    text(error.code) ?? `http_${status}`,
    text(error.message) ?? `The server answered ${status}.`,
    text(error.hint),
    typeof error.position === 'number' ? error.position : null,
  );
}

export function unreachable(): ApiError {
  return new ApiError(
    0,
    'unreachable',
    'The server does not answer.',
    'Is it running, and is this machine online?',
  );
}

/** Message and hint as sentences; the backticks in which the server names a command are for terminals. */
export function sentences(error: unknown): string {
  const { message, hint } = asApiError(error);
  const sentence = (told: string): string => {
    const words = told.replaceAll('`', '');
    return words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? '' : '.');
  };
  return hint === null ? sentence(message) : `${sentence(message)} ${sentence(hint)}`;
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(0, 'page_error', `BUG: ${message}`, 'Reload the page; if it stays, please report it.');
}
