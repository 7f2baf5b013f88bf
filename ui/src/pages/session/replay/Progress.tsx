import { useSyncExternalStore } from 'react';

import { exactDuration, formatDuration } from '../../../format/duration';
import { exactCost, formatCost } from '../../../format/money';
import { exactTokens, formatTokens } from '../../../format/numbers';
import { formatAbsolute, formatClock } from '../../../format/time';
import { begunAt, countersAt } from '../../../model/replay';

import classes from './ReplayBar.module.css';

import type { Replay } from './useReplay';

/** Where the replay stands: the moment, the turn, and what had been used by then. */
export function Progress({ replay: { player, turns, ledger } }: { replay: Replay }) {
  // To the second: nobody reads milliseconds that run.
  const second = useSyncExternalStore(player.subscribe, () => Math.floor(player.time() / 1000));
  const counters = useSyncExternalStore(player.subscribe, () => countersAt(ledger, player.time()));
  const turn = useSyncExternalStore(player.subscribe, () => begunAt(turns, player.time()));
  const clock = useSyncExternalStore(player.subscribe, player.clock);
  const since = Math.max(0, second * 1000 - Math.floor(clock.start / 1000) * 1000);
  return (
    <dl className={classes.progress}>
      <div>
        <dt className="vh">Time</dt>
        <dd data-tip={`${formatAbsolute(second * 1000)}\n${exactDuration(since)} after the session began`}>
          {formatClock(second * 1000)} <small>{formatDuration(since)}</small>
        </dd>
      </div>
      <div>
        <dt className="vh">Turn</dt>
        <dd>
          turn {turn} of {turns.length}
        </dd>
      </div>
      <div>
        <dt className="vh">Tokens so far</dt>
        <dd data-tip={`${exactTokens(counters.tokens)} of the ${counters.turns} turns that were over`}>
          {formatTokens(counters.tokens)} tok
        </dd>
      </div>
      <div>
        <dt className="vh">Cost so far</dt>
        <dd data-tip={`${exactCost(counters.cost)} of the ${counters.turns} turns that were over`}>
          {formatCost(counters.cost)}
        </dd>
      </div>
    </dl>
  );
}
