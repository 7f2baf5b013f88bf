import { ApiError, errorOfAnswer, unreachable } from './errors';

export type Params = readonly (readonly [string, string])[];

/** `encodeURIComponent` that lets no text fail: a lone surrogate becomes U+FFFD. */
export function encode(text: string): string {
  return encodeURIComponent(
    text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD'),
  );
}

export function withParams(path: string, params: Params): string {
  if (params.length === 0) return path;
  return `${path}?${params.map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&')}`;
}

/** The share by which this page reads, whoever the browser is signed in as; `null`: as who is signed in. */
let share: string | null = null;

export function readByShare(id: string | null): void {
  share = id;
}

async function request(path: string, init: RequestInit): Promise<unknown> {
  let answer: Response;
  let body: unknown = null;
  try {
    const headers = new Headers(init.headers);
    if (share !== null) headers.set('threadline-share', share);
    answer = await fetch(path, { credentials: 'same-origin', ...init, headers });
    const text = await answer.text();
    if (text !== '' && answer.headers.get('content-type')?.includes('json')) body = JSON.parse(text);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    if (error instanceof SyntaxError)
      throw new ApiError(0, 'bad_answer', 'The answer of the server is not valid JSON.');
    throw unreachable();
  }
  if (!answer.ok) throw errorOfAnswer(answer.status, body);
  return body;
}

/** The answer is taken at the server's word: both sides follow the same description of the API. */
export async function getJson<T>(path: string, params: Params = [], signal?: AbortSignal): Promise<T> {
  const body = await request(withParams(path, params), {
    headers: { accept: 'application/json' },
    signal: signal ?? null,
  });
  if (body === null)
    throw new ApiError(0, 'bad_answer', 'The server answered without JSON.', `Asked for ${path}.`);
  return body as T;
}

export async function postJson(path: string, body: unknown): Promise<void> {
  await request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
}

/** A change: `PATCH`, `POST`, `PUT` or `DELETE`, with what the server answers; `null` where it answers nothing. */
export async function sendJson<T>(
  method: 'PATCH' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  return (await request(path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  })) as T;
}
