import { Link } from '../../parts/Link';
import { useAddress } from '../../state/location';

import classes from './Compare.module.css';

const MODES = [
  { by: 'windows', to: '/compare', label: 'Two periods' },
  { by: 'releases', to: '/compare?by=releases', label: 'Two releases' },
  { by: 'sessions', to: '/compare?by=sessions', label: 'Two sessions' },
] as const;

function modeOf(search: string): (typeof MODES)[number]['by'] {
  const query = new URLSearchParams(search);
  if (query.get('by') === 'sessions' || query.has('a') || query.has('b')) return 'sessions';
  return query.get('by') === 'releases' || query.has('baseRelease') ? 'releases' : 'windows';
}

export function Modes() {
  const { search } = useAddress();
  const mode = modeOf(search);
  return (
    <nav className={classes.modes} aria-label="What is compared">
      {MODES.map(({ by, to, label }) => (
        <Link key={by} to={to} aria-current={by === mode ? 'page' : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
