import { useMemo, useRef } from 'react';

import { useAddress } from '../../state/location';
import { useTitle } from '../../state/title';
import toolbar from '../../parts/filters/Toolbar.module.css';

import { Groups } from './Groups';
import { Modes } from './Modes';
import { SessionPair } from './pair/SessionPair';
import { SessionForm } from './SessionForm';
import classes from './Compare.module.css';

/** Two periods, two releases or two sessions, and what differs between them. */
export default function ComparePage() {
  useTitle('Compare');
  const { search } = useAddress();
  const pair = useMemo(() => {
    const query = new URLSearchParams(search);
    const isPair = query.get('by') === 'sessions' || query.has('a') || query.has('b');
    return isPair ? { a: query.get('a') ?? '', b: query.get('b') ?? '' } : null;
  }, [search]);
  const scroller = useRef<HTMLDivElement>(null);
  const { a, b } = pair ?? { a: '', b: '' };
  return (
    <div ref={scroller} className={classes.page} tabIndex={-1}>
      <div className={toolbar.toolbar}>
        <h1 className={toolbar.title}>Compare</h1>
        <div className={toolbar.filters}>
          <Modes />
        </div>
      </div>
      {pair === null ? <Groups /> : <SessionForm key={JSON.stringify([a, b])} a={a} b={b} />}
      {a !== '' && b !== '' ? (
        <SessionPair key={JSON.stringify([a, b])} a={a} b={b} scroller={scroller} />
      ) : (
        pair !== null && (
          <p className={classes.note}>
            Give the ids of two sessions. In the list of sessions two that are selected can be compared, and
            on the page of a session the one before of the same user.
          </p>
        )
      )}
    </div>
  );
}
