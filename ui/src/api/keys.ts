import { listSearch, type ListState } from '../state/listState';

export const keys = {
  me: ['me'] as const,
  methods: ['methods'] as const,
  sessions: (state: ListState) => ['sessions', listSearch(state)] as const,
  ingestion: ['ingestion'] as const,
  anySession: ['sessions', 'any'] as const,
  grammar: ['grammar'] as const,
  views: ['views'] as const,
  jump: (text: string) => ['jump', text] as const,
  values: (field: string, prefix: string) => ['values', field, prefix] as const,
  summary: (state: Omit<ListState, 'sort' | 'order'>) =>
    ['summary', listSearch({ ...state, sort: 'lastActivity', order: 'desc' })] as const,
  analytics: (state: Omit<ListState, 'sort' | 'order'>, groupBy: string) =>
    ['analytics', listSearch({ ...state, sort: 'lastActivity', order: 'desc' }), groupBy] as const,
  users: (state: ListState, sort: { by: string; order: string }) =>
    ['users', listSearch({ ...state, sort: 'lastActivity', order: 'desc' }), sort.by, sort.order] as const,
  explore: (what: string, state: Omit<ListState, 'sort' | 'order'>, more: readonly (readonly string[])[]) =>
    ['explore', what, listSearch({ ...state, sort: 'lastActivity', order: 'desc' }), more] as const,
  session: (id: string) => ['session', id] as const,
  traces: (id: string) => ['session', id, 'traces'] as const,
  conversation: (id: string) => ['session', id, 'conversation'] as const,
  goals: (id: string) => ['session', id, 'goals'] as const,
  scores: (id: string) => ['session', id, 'scores'] as const,
  toolCosts: (id: string) => ['session', id, 'tool-costs'] as const,
  trace: (id: string) => ['trace', id] as const,
};
