import { useCallback, useMemo, useState } from 'react';

import type { FoundSession } from '../../api/schema';

export interface Selection {
  /** The selected sessions that are loaded; with `isAll` every session that the filters choose is meant. */
  sessions: readonly FoundSession[];
  isAll: boolean;
  has: (id: string) => boolean;
  /** One row; with `toHere` all from the row that was chosen before to this one. */
  toggle: (id: string, toHere?: boolean) => void;
  /** All that are loaded, or none. */
  toggleLoaded: () => void;
  takeAll: () => void;
  clear: () => void;
}

interface State {
  ids: ReadonlySet<string>;
  anchor: string | null;
  isAll: boolean;
}

const NOTHING: State = { ids: new Set(), anchor: null, isAll: false };

/** Which rows are selected; `question` is what the list asks for: of another question nothing is selected. */
export function useSelection(loaded: readonly FoundSession[], question: string): Selection {
  const [kept, setKept] = useState({ question, state: NOTHING });
  const state = kept.question === question ? kept.state : NOTHING;
  const set = useCallback((next: State) => setKept({ question, state: next }), [question]);

  return useMemo(() => {
    const sessions = state.isAll ? loaded : loaded.filter(({ id }) => state.ids.has(id));
    const toggle = (id: string, toHere = false): void => {
      const ids = new Set(state.isAll ? loaded.map((session) => session.id) : state.ids);
      const from = loaded.findIndex((session) => session.id === state.anchor);
      const to = loaded.findIndex((session) => session.id === id);
      if (toHere && from >= 0 && to >= 0) {
        for (const one of loaded.slice(Math.min(from, to), Math.max(from, to) + 1)) ids.add(one.id);
      } else if (!ids.delete(id)) ids.add(id);
      set({ ids, anchor: id, isAll: false });
    };
    return {
      sessions,
      isAll: state.isAll,
      has: (id) => state.isAll || state.ids.has(id),
      toggle,
      toggleLoaded: () => {
        const isFull = loaded.length > 0 && sessions.length === loaded.length;
        set(isFull ? NOTHING : { ...NOTHING, ids: new Set(loaded.map(({ id }) => id)) });
      },
      takeAll: () => set({ ...state, isAll: true }),
      clear: () => set(NOTHING),
    };
  }, [loaded, state, set]);
}
