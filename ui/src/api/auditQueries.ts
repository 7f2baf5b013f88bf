import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';

import { auditParams, type AuditChoice } from '../model/auditChoice';

import { getJson } from './client';
import { keys } from './keys';

import type { AuditEvent, Page } from './schema';

const PAGE = 50;

/** Who did what, the newest first. */
export const auditQuery = (choice: AuditChoice) =>
  infiniteQueryOptions({
    queryKey: keys.audit(choice),
    queryFn: ({ pageParam, signal }) =>
      getJson<Page<AuditEvent>>(
        '/observability/audit',
        [
          ...auditParams(choice, Date.now()),
          ['limit', String(PAGE)],
          ...(pageParam === null ? [] : [['cursor', pageParam] as const]),
        ],
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
  });
