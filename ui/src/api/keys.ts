import { listSearch, type ListState } from '../state/listState';

export const keys = {
  me: ['me'] as const,
  methods: ['methods'] as const,
  sessions: (state: ListState) => ['sessions', listSearch(state)] as const,
  anySession: ['sessions', 'any'] as const,
  grammar: ['grammar'] as const,
  views: ['views'] as const,
  values: (field: string, prefix: string) => ['values', field, prefix] as const,
  summary: (state: Omit<ListState, 'sort' | 'order'>) =>
    ['summary', listSearch({ ...state, sort: 'lastActivity', order: 'desc' })] as const,
  analytics: (state: Omit<ListState, 'sort' | 'order'>, groupBy: string) =>
    ['analytics', listSearch({ ...state, sort: 'lastActivity', order: 'desc' }), groupBy] as const,
  users: (state: ListState, sort: { by: string; order: string }) =>
    ['users', listSearch({ ...state, sort: 'lastActivity', order: 'desc' }), sort.by, sort.order] as const,
  session: (id: string) => ['session', id] as const,
  traces: (id: string) => ['session', id, 'traces'] as const,
  conversation: (id: string) => ['session', id, 'conversation'] as const,
  goals: (id: string) => ['session', id, 'goals'] as const,
  scores: (id: string) => ['session', id, 'scores'] as const,
  toolCosts: (id: string) => ['session', id, 'tool-costs'] as const,
  shares: (sessionId: string) => ['session', sessionId, 'shares'] as const,
  openedShare: ['opened-share'] as const,
  apiKeys: ['api-keys'] as const,
  projects: ['projects'] as const,
  prices: ['prices'] as const,
  repricings: ['prices', 'repricings'] as const,
  unpriced: ['quality', 'unpriced'] as const,
  settings: ['settings'] as const,
  expiring: (days: number) => ['sessions', 'expiring', days] as const,
  lastHour: ['quality', 'last-hour'] as const,
  rules: ['alerts', 'rules'] as const,
  alerts: (params: string) => ['alerts', 'feed', params] as const,
  unseenAlerts: ['alerts', 'unseen'] as const,
  goalNames: ['goal-names'] as const,
  trace: (id: string) => ['trace', id] as const,
};
