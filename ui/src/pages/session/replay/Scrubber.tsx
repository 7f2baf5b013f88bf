import { useMemo, useSyncExternalStore } from 'react';

import { formatDuration } from '../../../format/duration';
import { begunAt, toReplayTime, toSessionTime } from '../../../model/replay';

import classes from './ReplayBar.module.css';

import type { Replay } from './useReplay';

interface Props {
  replay: Replay;
  errors: readonly number[];
  goals: readonly number[];
}

const MARKS = 200;

/** The whole replay as a line to drag along, with what went wrong and what was reached marked on it. */
export function Scrubber({ replay: { player, turns }, errors, goals }: Props) {
  const time = useSyncExternalStore(player.subscribe, player.time);
  const clock = useSyncExternalStore(player.subscribe, player.clock);
  const marks = useMemo(() => {
    const places = (moments: readonly number[]): number[] => [
      ...new Set(
        moments.map(
          (at) => Math.round((toReplayTime(clock, at) / Math.max(1, clock.length)) * MARKS) / MARKS,
        ),
      ),
    ];
    return [
      ...places(errors).map((place) => ({ place, kind: 'error' })),
      ...places(goals).map((place) => ({ place, kind: 'goal' })),
    ];
  }, [clock, errors, goals]);
  const replay = toReplayTime(clock, time);
  return (
    <div className={classes.scrubber}>
      <div className={classes.marks} aria-hidden="true">
        {marks.map(({ place, kind }) => (
          <span key={`${kind} ${place}`} data-kind={kind} style={{ left: `${place * 100}%` }} />
        ))}
      </div>
      <input
        type="range"
        aria-label="Moment of the replay"
        aria-valuetext={`${formatDuration(time - clock.start)} after the beginning, turn ${begunAt(turns, time)} of ${turns.length}`}
        min={0}
        max={Math.max(1, Math.ceil(clock.length))}
        step={1}
        value={Math.round(replay)}
        style={{ '--done': `${(replay / Math.max(1, clock.length)) * 100}%` } as React.CSSProperties}
        onChange={(event) => player.seek(toSessionTime(clock, Number(event.currentTarget.value)))}
      />
    </div>
  );
}
