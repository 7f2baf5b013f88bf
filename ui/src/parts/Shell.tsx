import { Data } from './Data';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import { postJson } from '../api/client';
import { meQuery } from '../api/queries';
import { forgetEverything } from '../api/queryClient';
import { navigate, useAddress } from '../state/location';
import { forgetSessions } from '../state/recentSessions';

import { ErrorBoundary } from './ErrorBoundary';
import { Icon, type IconName } from './Icon';
import { Link } from './Link';
import { PaletteDoor } from './palette/PaletteDoor';
import { ShortcutSheet } from './ShortcutSheet';
import { ThemeMenu } from './ThemeMenu';
import { UnseenAlerts } from './UnseenAlerts';
import classes from './Shell.module.css';

// One line per page; a page gets its line when it exists.
export const PAGES: { to: string; label: string; icon: IconName; covers: RegExp }[] = [
  { to: '/sessions', label: 'Sessions', icon: 'sessions', covers: /^\/(sessions(\/|$)|$)/ },
  { to: '/analytics', label: 'Analytics', icon: 'analytics', covers: /^\/analytics(\/|$)/ },
  { to: '/journeys', label: 'Journeys', icon: 'journeys', covers: /^\/(journeys|funnels)\/?$/ },
  { to: '/users', label: 'Users', icon: 'users', covers: /^\/users(\/|$)/ },
  { to: '/traces', label: 'Traces', icon: 'traces', covers: /^\/traces\/?$/ },
  { to: '/quality', label: 'Quality', icon: 'quality', covers: /^\/quality\/?$/ },
  { to: '/compare', label: 'Compare', icon: 'compare', covers: /^\/compare\/?$/ },
  { to: '/alerts', label: 'Alerts', icon: 'bell', covers: /^\/alerts\/?$/ },
  { to: '/settings', label: 'Settings', icon: 'settings', covers: /^\/settings(\/|$)/ },
];

export function Shell({ children }: { children: ReactNode }) {
  const { pathname } = useAddress();
  // Open for the page it was opened on: going anywhere closes it.
  const [openOn, setOpenOn] = useState<string | null>(null);
  const open = openOn === pathname;
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#page">
        Skip to the page
      </a>
      <header className={classes.top}>
        <button
          type="button"
          className={classes.burger}
          aria-label="Navigation"
          aria-expanded={open}
          onClick={() => setOpenOn(open ? null : pathname)}
        >
          <Icon name={open ? 'close' : 'menu'} />
        </button>
        <Mark />
      </header>
      <nav className={classes.nav} aria-label="Main" data-open={open || undefined}>
        <Mark />
        <Project />
        <ul className={classes.pages}>
          {PAGES.map(({ to, label, icon, covers }) => (
            <li key={to}>
              <Link
                to={to}
                className={classes.item}
                aria-current={covers.test(pathname) ? 'page' : undefined}
                aria-label={label}
              >
                <Icon name={icon} />
                <span className={classes.itemText}>{label}</span>
                {to === '/alerts' && <UnseenAlerts />}
              </Link>
            </li>
          ))}
        </ul>
        <div className={classes.foot}>
          <ThemeMenu />
          <SignOut />
        </div>
      </nav>
      <main id="page" className={classes.page} tabIndex={-1}>
        {children}
      </main>
      <div className={classes.beside}>
        <ErrorBoundary what="Cannot open the palette">
          <PaletteDoor />
        </ErrorBoundary>
      </div>
      <ShortcutSheet />
    </div>
  );
}

function Mark() {
  return (
    <Link to="/sessions" className={classes.mark} aria-label="Threadline">
      <img src="/favicon.svg" width={18} height={18} alt="" />
      <span className={classes.itemText}>Threadline</span>
    </Link>
  );
}

function Project() {
  const { data } = useQuery(meQuery);
  if (data === undefined) return null;
  return (
    <div className={classes.project} data-tip={`Project ${data.project.name}, ${data.project.id}`}>
      <Data>{data.project.name}</Data>
    </div>
  );
}

function useLogout() {
  return useMutation({
    mutationFn: () => postJson('/auth/logout', {}),
    onSettled: () => {
      navigate('/login');
      forgetEverything();
      forgetSessions();
    },
  });
}

/** Ends the session of this browser, and what it remembers of it. */
export function useSignOut(): () => void {
  const { mutate } = useLogout();
  return () => mutate();
}

function SignOut() {
  const { mutate, isPending } = useLogout();
  return (
    <button
      type="button"
      className={classes.item}
      disabled={isPending}
      aria-label="Sign out"
      onClick={() => mutate()}
    >
      <Icon name="signOut" />
      <span className={classes.itemText}>Sign out</span>
    </button>
  );
}
