/** What a session's page shows beside its selection, as the address says. */
export interface SessionView {
  tab: SessionTab;
  /** The moment of the replay in milliseconds since the session began; `null` while nothing is replayed. */
  at: number | null;
}

export const SESSION_TABS = ['conversation', 'charts', 'scores', 'transcript'] as const;
export type SessionTab = (typeof SESSION_TABS)[number];

export function parseSessionView(search: string): SessionView {
  const query = new URLSearchParams(search);
  const at = query.get('at');
  return {
    tab: SESSION_TABS.find((tab) => tab === query.get('view')) ?? 'conversation',
    at: at !== null && /^\d{1,15}$/.test(at) ? Number(at) : null,
  };
}

/** What follows the selection in the address: `&view=charts&at=184000`. */
export function sessionViewSearch({ tab, at }: SessionView): string {
  return (tab === 'conversation' ? '' : `&view=${tab}`) + (at === null ? '' : `&at=${Math.round(at)}`);
}
