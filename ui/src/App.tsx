import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { ApiError } from './api/errors';
import { meQuery } from './api/queries';
import { LoginPage } from './pages/login/LoginPage';
import { NotFoundPage } from './pages/NotFoundPage';
import {
  AlertsPage,
  AnalyticsPage,
  ComparePage,
  JourneysPage,
  QualityPage,
  SessionPage,
  SettingsPage,
  SharePage,
  TracesPage,
  UserPage,
  UsersPage,
} from './pages/pages';
import { SessionsPage } from './pages/sessions/SessionsPage';
import { ErrorBoundary } from './parts/ErrorBoundary';
import { ErrorState } from './parts/ErrorState';
import { Shell } from './parts/Shell';
import { Tip } from './parts/Tip';
import { useAddress } from './state/location';
import { matchRoute, type Route } from './state/routes';
import { handleKey } from './state/shortcuts';

export function App() {
  const { pathname } = useAddress();
  const route = matchRoute(pathname);
  useEffect(() => {
    window.addEventListener('keydown', handleKey);
    return () => window.removeEventListener('keydown', handleKey);
  }, []);
  return (
    <>
      {route.page === 'login' ? (
        <LoginPage />
      ) : route.page === 'share' ? (
        <SharePage id={route.id} />
      ) : (
        <SignedIn route={route} pathname={pathname} />
      )}
      <Tip />
    </>
  );
}

function SignedIn({ route, pathname }: { route: Route; pathname: string }) {
  const { data, error, refetch } = useQuery(meQuery);
  // 401 leads to the sign-in page; until then, and while asking, there is nothing to show.
  if (data === undefined) {
    if (error === null || (error instanceof ApiError && error.status === 401)) return null;
    return <ErrorState what="Cannot open the dashboard" error={error} onRetry={() => void refetch()} />;
  }
  return (
    <Shell>
      <ErrorBoundary key={pathname}>
        <Page route={route} />
      </ErrorBoundary>
    </Shell>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case 'sessions':
      return <SessionsPage />;
    case 'session':
      return <SessionPage key={route.id} id={route.id} />;
    case 'alerts':
      return <AlertsPage />;
    case 'settings':
      return <SettingsPage section={route.section} />;
    case 'analytics':
      return <AnalyticsPage view={route.view} />;
    case 'users':
      return <UsersPage />;
    case 'user':
      return <UserPage key={route.id} id={route.id} />;
    case 'traces':
      return <TracesPage />;
    case 'quality':
      return <QualityPage />;
    case 'compare':
      return <ComparePage />;
    case 'journeys':
      return <JourneysPage view={route.view} />;
    default:
      return <NotFoundPage />;
  }
}
