import { useEffect, useRef } from 'react';

import { Link } from '../../parts/Link';
import { useTitle } from '../../state/title';
import { NotFoundPage } from '../NotFoundPage';

import { SECTIONS } from './sections';
import classes from './Settings.module.css';

/** What the project sets for itself, a section at a time. */
export default function SettingsPage({ section }: { section: string }) {
  const shown = SECTIONS.find(({ path }) => path === section);
  useTitle(shown === undefined ? 'Settings' : `${shown.label} · Settings`);
  const current = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a narrow page the sections scroll: where one is has to be seen.
    current.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [section]);
  if (shown === undefined) return <NotFoundPage />;
  const { Body } = shown;
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <h1>Settings</h1>
        <div ref={current} role="navigation" aria-label="Settings" className={classes.sections}>
          {SECTIONS.map(({ path, label }) => (
            <Link
              key={path}
              to={path === '' ? '/settings' : `/settings/${path}`}
              aria-current={path === section ? 'page' : undefined}
            >
              {label}
            </Link>
          ))}
        </div>
      </div>
      <div className={classes.body}>
        <Body key={section} />
      </div>
    </div>
  );
}
