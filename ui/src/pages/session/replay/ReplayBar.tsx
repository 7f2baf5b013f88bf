import { ActionIcon } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';

import { goalsQuery } from '../../../api/queries';
import { moment } from '../../../format/time';
import { nextMoment, SPEEDS, stepFrom } from '../../../model/replay';
import { Icon, type IconName } from '../../../parts/Icon';
import { useShared } from '../../../state/shared';
import { useShortcut } from '../../../state/shortcuts';

import { Progress } from './Progress';
import { Scrubber } from './Scrubber';
import classes from './ReplayBar.module.css';

import type { ReplayPlayer } from './player';
import type { Replay } from './useReplay';

interface Props {
  sessionId: string;
  replay: Replay;
  onLeave: () => void;
}

const SCRUB_MS = 5000;
/** A frame that took longer was none: the tab was in the background, and the replay waits there. */
const LONGEST_FRAME_MS = 250;
const STILL_MS = 500;
const GROUP = 'Replay';

/** Drives the replay while it plays: with every frame, or twice a second for those who want less motion. */
function useFrames(player: ReplayPlayer, isPlaying: boolean): void {
  const isStill = useReducedMotion();
  useEffect(() => {
    if (!isPlaying) return;
    if (isStill) {
      const timer = window.setInterval(() => player.tick(STILL_MS), STILL_MS);
      return () => window.clearInterval(timer);
    }
    let before = performance.now();
    let frame = requestAnimationFrame(function next(now) {
      player.tick(Math.max(0, Math.min(LONGEST_FRAME_MS, now - before)));
      before = now;
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [player, isPlaying, isStill]);
}

export default function ReplayBar({ sessionId, replay, onLeave }: Props) {
  const { player, turns, ledger } = replay;
  // Only what the buttons show: the moment itself changes with every frame, and is shown by the parts that show it.
  const isPlaying = useSyncExternalStore(player.subscribe, () => player.state().isPlaying);
  const speed = useSyncExternalStore(player.subscribe, () => player.state().speed);
  const skipsIdle = useSyncExternalStore(player.subscribe, () => player.state().skipsIdle);
  useFrames(player, isPlaying);

  const isShared = useShared();
  const { data: goals } = useQuery({ ...goalsQuery(sessionId), enabled: !isShared });
  const reached = useMemo(
    () =>
      (goals ?? [])
        .map(({ reachedAt }) => moment(reachedAt))
        .filter((at) => at !== null)
        .sort((a, b) => a - b),
    [goals],
  );
  const failed = useMemo(
    () =>
      turns
        .filter(({ isError }) => isError)
        .map(({ end }) => end)
        .sort((a, b) => a - b),
    [turns],
  );
  const step = (by: 1 | -1): void => player.seek(stepFrom(player.clock(), ledger, player.time(), by));
  /** Goes on from the first one after the last. */
  const jump = (moments: readonly number[]): void => {
    const next = nextMoment(moments, player.time(), 1) ?? moments[0];
    if (next !== undefined) player.seek(next);
  };
  useShortcut({ keys: ' ', label: 'Play or pause', group: GROUP }, () => player.toggle());
  useShortcut({ keys: 'ArrowLeft', label: 'Back 5 seconds', group: GROUP }, () => player.scrub(-SCRUB_MS));
  useShortcut({ keys: 'ArrowRight', label: 'On 5 seconds', group: GROUP }, () => player.scrub(SCRUB_MS));
  useShortcut({ keys: '[', label: 'Back one turn', group: GROUP }, () => step(-1));
  useShortcut({ keys: ']', label: 'On one turn', group: GROUP }, () => step(1));
  useShortcut(
    { keys: 'e', label: 'Next error', group: GROUP, isCommand: true },
    () => jump(failed),
    failed.length > 0,
  );
  useShortcut(
    { keys: 'g', label: 'Next goal', group: GROUP, isCommand: true },
    () => jump(reached),
    reached.length > 0,
  );
  useShortcut({ keys: 'Escape', label: 'Leave the replay', group: GROUP, isCommand: true }, onLeave);

  return (
    <section className={classes.bar} aria-label="Replay">
      <div className={classes.buttons}>
        <Press icon="previous" label="Back one turn" keys="[" onClick={() => step(-1)} />
        <Press
          icon={isPlaying ? 'pause' : 'play'}
          label={isPlaying ? 'Pause' : 'Play'}
          keys="space"
          isMain
          onClick={() => player.toggle()}
        />
        <Press icon="next" label="On one turn" keys="]" onClick={() => step(1)} />
      </div>
      <Scrubber replay={replay} errors={failed} goals={reached} />
      <Progress replay={replay} />
      <div className={classes.settings}>
        <div role="group" aria-label="Speed" className={classes.speeds}>
          {SPEEDS.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === speed}
              aria-label={`${each}x, ${each === 1 ? 'as fast as it was' : `${each} times as fast`}`}
              onClick={() => player.setSpeed(each)}
            >
              {each}x
            </button>
          ))}
        </div>
        <label className={classes.check} data-tip="A wait of more than 2 seconds lasts one">
          <input
            type="checkbox"
            checked={skipsIdle}
            onChange={(event) => player.setSkipsIdle(event.currentTarget.checked)}
          />
          skip idle time
        </label>
        {failed.length > 0 && (
          <button
            type="button"
            className={classes.jump}
            data-tip="Next error  e"
            onClick={() => jump(failed)}
          >
            next error
          </button>
        )}
        {reached.length > 0 && (
          <button
            type="button"
            className={classes.jump}
            data-tip="Next goal  g"
            onClick={() => jump(reached)}
          >
            next goal
          </button>
        )}
        <Press icon="close" label="Leave the replay" keys="esc" onClick={onLeave} />
      </div>
    </section>
  );
}

interface PressProps {
  icon: IconName;
  label: string;
  keys: string;
  isMain?: boolean;
  onClick: () => void;
}

function Press({ icon, label, keys, isMain = false, onClick }: PressProps) {
  return (
    <ActionIcon
      variant={isMain ? 'filled' : 'subtle'}
      {...(isMain ? {} : { color: 'gray' })}
      size={isMain ? 'md' : 'sm'}
      radius={isMain ? 'xl' : 'sm'}
      aria-label={label}
      data-tip={`${label}  ${keys}`}
      onClick={onClick}
    >
      <Icon name={icon} size={14} />
    </ActionIcon>
  );
}
