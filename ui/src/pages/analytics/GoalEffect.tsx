import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';

import { goalPreviewQuery } from '../../api/analyticsQueries';
import { sentences } from '../../api/errors';
import { formatCount, plural } from '../../format/numbers';
import { changeOf } from '../../model/trends';
import { Num } from '../../parts/Num';
import { useNow } from '../../state/now';
import { rangeSentence } from '../../state/sentences';

import { notReached, paceFigures, rateFigure, type Effect } from './goalFigures';
import { Rate } from './GoalTable';
import classes from './Analytics.module.css';

import type { GoalBody } from '../../api/schema';
import type { ListState } from '../../state/listState';

interface Props {
  /** `null` while the form says nothing whole. */
  when: GoalBody['when'] | null;
  saved: Effect | null;
  state: ListState;
}

const PAUSE_MS = 250;

/** What a definition would do to the chosen sessions, before it is saved. */
export function GoalEffect({ when, saved, state }: Props) {
  const now = useNow();
  const text = JSON.stringify(when);
  const [asked] = useDebouncedValue(text, PAUSE_MS);
  const definition = JSON.parse(asked) as GoalBody['when'] | null;
  const { data, error, isFetching } = useQuery(goalPreviewQuery(state, definition));
  const isBehind = asked !== text || isFetching;
  return (
    <section className={classes.effect} aria-label="Effect" aria-live="polite" aria-busy={isBehind}>
      <h3>
        Its effect <span className={classes.statistic}>{rangeSentence(state.range, now)}</span>
      </h3>
      {when === null ? (
        <p className={classes.note}>Complete the condition to see how many sessions reach it.</p>
      ) : error !== null ? (
        <p className={classes.failed}>{sentences(error)}</p>
      ) : (
        data !== undefined && <Figures effect={data} saved={saved} isBehind={isBehind} />
      )}
    </section>
  );
}

function Figures({ effect, saved, isBehind }: { effect: Effect; saved: Effect | null; isBehind: boolean }) {
  const { turns, time, cost } = paceFigures(effect);
  const change = saved === null ? null : changeOf(effect.rate, saved.rate, true);
  const counts = [
    ['Reached', effect.reached, saved?.reached],
    ['Not reached', notReached(effect), saved === null ? undefined : notReached(saved)],
    ['Still open', effect.open, saved?.open],
  ] as const;
  return (
    <div data-stale={isBehind || undefined} className={classes.stale}>
      <p className={classes.effectRate}>
        <Rate effect={effect} />
        {change !== null && saved !== null && (
          <span className={classes.change} data-tip={`Saved: ${rateFigure(saved).title}`}>
            {change.sign === 0 ? 'as it is saved' : `${change.text} against what is saved`}
          </span>
        )}
      </p>
      <dl>
        {counts.map(([label, n, before]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd data-tip={plural(n, 'session')}>
              {formatCount(n)}
              {before !== undefined && before !== n && (
                <span className={classes.change}>was {formatCount(before)}</span>
              )}
            </dd>
          </div>
        ))}
        {(
          [
            ['Median turns', turns],
            ['Median time', time],
            ['Median cost', cost],
          ] as const
        ).map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <Num figure={value} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
