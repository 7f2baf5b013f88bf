import { later } from '../parts/later';

import type { Route } from '../state/routes';

export const AlertsPage = later(() => import('./alerts/AlertsPage'));
export const AnalyticsPage = later(() => import('./analytics/AnalyticsPage'));
export const UsersPage = later(() => import('./users/UsersPage'));
export const UserPage = later(() => import('./users/UserPage'));
export const TracesPage = later(() => import('./traces/TracesPage'));
export const QualityPage = later(() => import('./quality/QualityPage'));
export const ComparePage = later(() => import('./compare/ComparePage'));
export const JourneysPage = later(() => import('./journeys/JourneysPage'));
export const SessionPage = later(() => import('./session/SessionPage'));
export const SettingsPage = later(() => import('./settings/SettingsPage'));
export const SharePage = later(() => import('./share/SharePage'));

/** How the pages are loaded that do not come with the first file. */
export const LOADS: Partial<Record<Route['page'], () => Promise<void>>> = {
  alerts: AlertsPage.load,
  analytics: AnalyticsPage.load,
  users: UsersPage.load,
  user: UserPage.load,
  traces: TracesPage.load,
  quality: QualityPage.load,
  compare: ComparePage.load,
  journeys: JourneysPage.load,
  session: SessionPage.load,
  settings: SettingsPage.load,
  share: SharePage.load,
};
