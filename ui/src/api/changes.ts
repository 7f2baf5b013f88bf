import { encode, sendJson } from './client';

import type { NewScore, Score, Session, SessionPatch, View, ViewBody } from './schema';

// What the dashboard changes; what it reads stands in `queries`.

const session = (id: string): string => `/observability/sessions/${encode(id)}`;

export const patchSession = (id: string, patch: SessionPatch): Promise<Session> =>
  sendJson<Session>('PATCH', session(id), patch);

export const deleteSession = (id: string): Promise<unknown> => sendJson('DELETE', session(id));

export const addScore = (score: NewScore): Promise<Score> =>
  sendJson<Score>('POST', '/observability/scores', score);

export const deleteScore = (id: string): Promise<unknown> =>
  sendJson('DELETE', `/observability/scores/${encode(id)}`);

export const addView = (view: Partial<ViewBody> & Pick<ViewBody, 'name'>): Promise<View> =>
  sendJson<View>('POST', '/observability/views', view);

export const changeView = (id: number, view: Partial<ViewBody> & Pick<ViewBody, 'name'>): Promise<View> =>
  sendJson<View>('PUT', `/observability/views/${id}`, view);

export const deleteView = (id: number): Promise<unknown> => sendJson('DELETE', `/observability/views/${id}`);
