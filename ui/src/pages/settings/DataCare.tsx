import { CopyButton } from '../../parts/CopyButton';
import { Link } from '../../parts/Link';

import { useIsAdmin } from './useScopes';
import classes from './Settings.module.css';

const COMMANDS = 'threadline backup FOLDER\nthreadline restore FOLDER --data-dir NEW-DIRECTORY';

/** What keeps the data safe and right, beside the settings. */
export function DataCare() {
  return (
    <>
      {useIsAdmin() && <Backup />}
      <section className={classes.section} aria-label="Data quality">
        <h2>Data quality</h2>
        <p className={classes.note}>
          What is wrong with the data that comes in, and what to do about it, is on the page{' '}
          <Link to="/quality">Quality</Link>. What programs say is masked under{' '}
          <Link to="/settings/masking">Masking</Link>; who erased and exported is in the{' '}
          <Link to="/settings/audit">audit log</Link>.
        </p>
      </section>
    </>
  );
}

function Backup() {
  return (
    <section className={classes.section} aria-label="Backup">
      <h2>Backup</h2>
      <p className={classes.note}>
        On the server’s machine, while it runs or not: the first copies all data of all projects into a new
        folder, with checksums; the second makes an empty directory of it that the server starts on.
      </p>
      <div className={classes.command}>
        <pre className={classes.commands} tabIndex={0} aria-label="Commands of backup">
          {COMMANDS}
        </pre>
        <CopyButton text={COMMANDS} label="Copy the commands" />
      </div>
    </section>
  );
}
