import { useMemo } from 'react';

import { useAddress } from '../../state/location';
import { useTitle } from '../../state/title';
import toolbar from '../../parts/filters/Toolbar.module.css';

import { Groups } from './Groups';
import { Modes } from './Modes';
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
  return (
    <div className={classes.page}>
      <div className={toolbar.toolbar}>
        <h1 className={toolbar.title}>Compare</h1>
        <div className={toolbar.filters}>
          <Modes />
        </div>
      </div>
      {pair === null ? <Groups /> : <SessionForm key={search} a={pair.a} b={pair.b} />}
    </div>
  );
}
