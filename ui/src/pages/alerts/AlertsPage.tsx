import { Link } from '../../parts/Link';
import { useAddress } from '../../state/location';
import { useTitle } from '../../state/title';
import settings from '../settings/Settings.module.css';

import { Feed } from './Feed';
import { Rules } from './Rules';

/** What rules found, and the rules. */
export default function AlertsPage() {
  useTitle('Alerts');
  const { search } = useAddress();
  const isRules = new URLSearchParams(search).get('view') === 'rules';
  return (
    <div className={settings.page}>
      <div className={settings.head}>
        <h1>Alerts</h1>
        <div role="navigation" aria-label="Alerts" className={settings.sections}>
          <Link to="/alerts" aria-current={isRules ? undefined : 'page'}>
            What fired
          </Link>
          <Link to="/alerts?view=rules" aria-current={isRules ? 'page' : undefined}>
            Rules
          </Link>
        </div>
      </div>
      <div className={settings.body}>{isRules ? <Rules /> : <Feed />}</div>
    </div>
  );
}
