import { Button } from '@mantine/core';
import { memo } from 'react';

import { Data } from '../../parts/Data';
import { formatAbsolute, formatDateTime, moment } from '../../format/time';
import { visibleName } from '../../model/visible';
import { sessionTitle } from '../../model/totals';
import { copy } from '../../parts/copy';
import { CopyButton } from '../../parts/CopyButton';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { Time } from '../../parts/Time';
import { DEFAULT_STATE, listSearch, type Filter } from '../../state/listState';
import { lastList } from '../../state/lastList';
import { navigate } from '../../state/location';
import { useNow } from '../../state/now';
import { useShared } from '../../state/shared';
import { useShortcut } from '../../state/shortcuts';

import { Bookmark, EraseButton } from './Actions';
import { CompareMenu } from './CompareMenu';
import { ExportMenu } from './ExportMenu';
import { Ended, Metadata, Outcome, Tags } from './Facts';
import { Goals } from './Goals';
import { ScoreChips } from './Scores';
import { ShareButton } from './ShareButton';
import { Stats } from './Stats';
import { Title } from './Title';
import { useEdit } from './useSessionEdit';
import classes from './Header.module.css';

import type { Session } from '../../api/schema';

interface Props {
  session: Session;
  turnAt: (number: number) => string | undefined;
  onSelectTurn: (traceId: string) => void;
  onOpenScores: () => void;
  onPrint: () => void;
}

/** Who, when and how much: the session at a glance, and what its caller may say of it. */
export const Header = memo(function Header(props: Props) {
  const { session, turnAt, onSelectTurn, onOpenScores, onPrint } = props;
  const { from } = sessionTitle(session);
  const now = useNow();
  const isShared = useShared();
  const started = moment(session.startTime);
  const { notify } = useEdit();
  const back = (): void => navigate(lastList());
  useShortcut({ keys: 'u', label: 'Back to the list', group: 'Session' }, back, !isShared);
  useShortcut(
    { keys: null, label: 'Copy a link to what is shown', group: 'Session', isCommand: true },
    () => {
      copy(window.location.href).then(
        () => notify({ text: 'Link copied', isError: false, undo: null }),
        () => notify({ text: 'Cannot copy: the browser refuses', isError: true, undo: null }),
      );
    },
  );
  return (
    <header className={classes.header} data-shared={isShared || undefined}>
      <div className={classes.top}>
        {!isShared && (
          <Link to={lastList()} className={classes.back} aria-label="All sessions" data-tip="All sessions">
            <Icon name="left" />
          </Link>
        )}
        <Title session={session} />
        <div className={classes.actions}>
          <Bookmark session={session} />
          {isShared ? (
            <Button variant="default" onClick={onPrint}>
              Transcript
            </Button>
          ) : (
            <>
              <CopyButton
                text={() => window.location.href}
                label="Copy a link to what is shown"
                icon="link"
              />
              <CompareMenu session={session} />
              <ShareButton sessionId={session.id} />
              <ExportMenu id={session.id} onPrint={onPrint} />
            </>
          )}
          <EraseButton session={session} />
        </div>
      </div>
      <div className={classes.facts}>
        {from !== 'id' && (
          <span className={classes.id}>
            <Data>{session.id}</Data>
            <CopyButton text={session.id} label="Copy the session id" />
          </span>
        )}
        {session.userIds.map((userId) => (
          <Door key={userId} filter={{ field: 'userId', value: userId }} label="user" text={userId} />
        ))}
        {started !== null && (
          <span
            data-tip={`${formatAbsolute(started)}\nto ${formatAbsolute(moment(session.endTime) ?? started)}`}
          >
            {formatDateTime(started, now)}, last activity <Time iso={session.endTime} />
          </span>
        )}
        {session.environment !== null && (
          <Door
            filter={{ field: 'environment', value: session.environment }}
            label="environment"
            text={session.environment}
          />
        )}
        {session.release !== null && (
          <Door
            filter={{ field: 'release', value: session.release }}
            label="release"
            text={session.release}
          />
        )}
        <Ended session={session} />
        <Outcome session={session} />
        <Goals sessionId={session.id} turnAt={turnAt} onSelectTurn={onSelectTurn} />
        {!isShared && <ScoreChips scores={session.scores} onOpen={onOpenScores} />}
        <Tags session={session} />
        <Metadata session={session} />
      </div>
      <Stats session={session} />
    </header>
  );
});

interface DoorProps {
  filter: Filter;
  label: string;
  text: string;
}

/** A fact that opens the sessions it is shared with. */
function Door({ filter, label, text }: DoorProps) {
  return (
    <Link
      to={`/sessions${listSearch({ ...DEFAULT_STATE, filters: [filter] })}`}
      className={classes.door}
      data-tip={`All sessions with this ${label}`}
      aria-label={`${label} ${visibleName(text)}`}
    >
      <Data className={classes.value}>{text}</Data>
    </Link>
  );
}
