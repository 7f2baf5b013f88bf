import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { getJson, sendJson } from './client';
import { keys } from './keys';

import type { MaskedText, MaskingRules } from './schema';

const MASKING = '/observability/settings/masking';

export const maskingQuery = queryOptions({
  queryKey: keys.masking,
  queryFn: ({ signal }) => getJson<MaskingRules>(MASKING, [], signal),
});

export const saveMasking = (rules: MaskingRules): Promise<MaskingRules> => sendJson('PUT', MASKING, rules);

/** What these rules make of a text; nothing of it is stored. */
export const tryMaskingQuery = (rules: MaskingRules, text: string) =>
  queryOptions({
    queryKey: keys.triedMasking(rules, text),
    queryFn: async () => (await sendJson<MaskedText>('POST', `${MASKING}/try`, { ...rules, text })).text,
    enabled: text !== '',
    placeholderData: keepPreviousData,
    // What was tried may hold secrets: it is not kept.
    gcTime: 0,
    staleTime: Infinity,
  });
