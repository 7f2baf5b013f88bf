import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';

import { begunAt, countersAt, inOrder, ledgerOf, type Ledger, type ReplayTurn } from '../../../model/replay';

import { ReplayPlayer } from './player';

import type { Selection } from '../../../state/selection';
import type { SessionView } from '../../../state/sessionView';

export interface Replay {
  isOn: boolean;
  player: ReplayPlayer;
  turns: readonly ReplayTurn[];
  ledger: Ledger;
  /** The session time up to which things are shown, as of the last turn that began or ended; `null` while off. */
  until: number | null;
  /** The turn that began last. */
  current: string | null;
  /** Plays from a moment of the session (else from its beginning), as soon as the turns are there. */
  start: (from?: number) => void;
}

interface Address {
  /** When the session began. */
  begin: number | null;
  /** Where the address stands, in milliseconds since then. */
  at: number | null;
  go: (next: Partial<Selection & SessionView>) => void;
}

const PLAYING_MS = 1000;
const RESTING_MS = 120;

/** The replay and the address, each following the other; while it plays the address follows once a second. */
export function useReplay(unsorted: readonly ReplayTurn[], { begin, at, go }: Address): Replay {
  const [player] = useState(() => new ReplayPlayer([], 0));
  const turns = useMemo(() => inOrder(unsorted), [unsorted]);
  const ledger = useMemo(() => ledgerOf(turns), [turns]);
  const isOn = at !== null && begin !== null && turns.length > 0;
  useEffect(() => player.setTurns(turns), [player, turns]);

  const told = useRef<number | null>(null);
  useEffect(() => {
    if (!isOn) told.current = null;
    else if (told.current !== at) {
      told.current = at;
      player.seek(begin + at);
    }
  }, [player, isOn, begin, at]);

  useEffect(() => {
    if (!isOn) return;
    let timer = 0;
    let wasPlaying = false;
    const tell = (): void => {
      timer = 0;
      const next = Math.max(0, Math.round(player.time() - begin));
      if (next === told.current) return;
      told.current = next;
      go({ at: next });
    };
    const stop = player.subscribe(() => {
      const { isPlaying } = player.state();
      if (timer !== 0 && wasPlaying === isPlaying) return;
      window.clearTimeout(timer);
      wasPlaying = isPlaying;
      timer = window.setTimeout(tell, isPlaying ? PLAYING_MS : RESTING_MS);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [player, isOn, begin, go]);

  // A text, so that what listens is drawn anew only when a turn begins or ends and not with every frame.
  const mark = useSyncExternalStore(player.subscribe, () => {
    if (!isOn) return '';
    const time = player.time();
    return `${begunAt(turns, time)} ${countersAt(ledger, time).turns}`;
  });
  const until = mark === '' ? null : player.time();
  const current = mark === '' ? null : (turns[Number(mark.split(' ')[0]) - 1]?.id ?? null);
  const isWaiting = useRef(false);
  const canStart = begin !== null && turns.length > 0;
  const start = useCallback(
    (from?: number) => {
      isWaiting.current = !canStart;
      if (!canStart) return;
      const moment = from ?? begin;
      // Known before the address says it, which would else be a moment looked for, to stay at.
      told.current = Math.max(0, Math.round(moment - begin));
      player.seek(moment);
      player.toggle();
      go({ turn: null, span: null, tab: 'conversation', at: told.current });
    },
    [player, begin, canStart, go],
  );
  useEffect(() => {
    if (isWaiting.current && canStart) start();
  }, [canStart, start]);
  return { isOn, player, turns, ledger, until, current, start };
}
