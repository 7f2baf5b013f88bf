import { moment, formatDateTime } from '../format/time';

import type { AuditAction, AuditEvent } from '../api/schema';

/** A piece of a sentence: plain words, or a name that people chose, or a digest. */
export type Piece = string | { name: string } | { digest: string };

/** What an event was done to: `key 2 (ci): read` is the thing 2, called ci, with more to say. */
interface Target {
  id: string;
  name: string | null;
  more: string;
}

const TARGET = /^[a-z]+ ([^\s(),:]+)(?: \((.*)\))?(?:[:,] (.*))?$/s;

export function targetOf(text: string): Target | null {
  const [, id, name, more] = TARGET.exec(text) ?? [];
  return id === undefined ? null : { id, name: name ?? null, more: more ?? '' };
}

type Say = (target: Target | null, text: string, now: number) => Piece[];

interface Action {
  /** In the list of what can be chosen. */
  label: string;
  /** What follows the name of who did it. */
  say: Say;
}

/** A thing by its name where the log has it, else by its number. */
const called = (target: Target | null, what: string): Piece =>
  target?.name == null ? `${what} ${target?.id ?? ''}`.trim() : { name: target.name };

const of =
  (before: string, what: string): Say =>
  (target) => [before, ...(target?.name == null ? [] : [`${what} `]), called(target, what)];

const plain =
  (text: string): Say =>
  () => [text];

const whose =
  (before: string, after = ''): Say =>
  (target) => [before, target === null ? '' : { digest: target.id }, after];

const ROLES: Record<string, string> = { owner: 'an owner', member: 'a member', viewer: 'a viewer' };
const asRole = (role: string): string => ROLES[role] ?? role;

const settingsChanged: Say = (_, text) => {
  const said = text.split(', ').map((change) => {
    const [name = '', value = ''] = change.split('=');
    if (name === 'idle_minutes') return `idle time ${value} min`;
    if (name === 'retention_days') return value === 'None' ? 'keep for good' : `keep ${value} days`;
    if (name === 'auto_sessions') return `automatic sessions ${value === 'True' ? 'on' : 'off'}`;
    return change;
  });
  return [`changed the settings: ${said.join(', ')}`];
};

const maskingChanged: Say = (_, text) => {
  const [, detectors = '', patterns = '0'] = /^detectors=(.*) patterns=(\d+)$/.exec(text) ?? [];
  const parts = detectors === '' ? [] : detectors.split(',');
  if (patterns !== '0') parts.push(patterns === '1' ? '1 pattern' : `${patterns} patterns`);
  return [parts.length === 0 ? 'switched masking off' : `set masking to ${parts.join(', ')}`];
};

const shared: Say = (target, _, now) => {
  const ends = moment(/until (\S+)$/.exec(target?.more ?? '')?.[1]);
  return [
    'made a link to session ',
    target === null ? '' : { digest: target.id },
    ends === null ? '' : `, until ${formatDateTime(ends, now)}`,
  ];
};

const exported: Say = (_, text) => {
  const [, format = '', which = ''] = /^format (\S+), (\S+)$/.exec(text) ?? [];
  return [`exported ${which === 'all' ? 'all sessions' : 'chosen sessions'} as ${format}`];
};

/** Everything that the log can have; the type makes it whole. */
export const ACTIONS: Record<AuditAction, Action> = {
  signIn: { label: 'Signed in', say: plain('signed in') },
  'invitation.create': {
    label: 'Invited somebody',
    say: (target) => [
      'invited ',
      target?.name == null ? 'whoever has the link' : { name: target.name },
      ` as ${asRole(target?.more ?? '')}`,
    ],
  },
  'invitation.accept': { label: 'Came in by an invitation', say: plain('came in by an invitation') },
  'invitation.withdraw': { label: 'Withdrew an invitation', say: of('withdrew ', 'invitation') },
  'account.role': {
    label: 'Changed a role',
    say: (target) => ['made ', called(target, 'account'), ` ${asRole(target?.more ?? '')}`],
  },
  'account.remove': {
    label: 'Removed somebody',
    say: (target) => ['took ', called(target, 'account'), ' out of the project'],
  },
  'account.signOut': {
    label: 'Signed somebody out',
    say: (target) => ['signed ', called(target, 'account'), ' out everywhere'],
  },
  'account.password': { label: 'Changed the own password', say: plain('changed their password') },
  'key.create': {
    label: 'Made a key',
    say: (target) => ['made key ', called(target, ''), target?.more ? `, which may ${target.more}` : ''],
  },
  'key.rotate': {
    label: 'Replaced a key',
    say: (target) => ['replaced key ', called(target, ''), target?.more ? ` ${target.more}` : ''],
  },
  'key.revoke': { label: 'Revoked a key', say: of('revoked ', 'key') },
  'project.create': { label: 'Made a project', say: of('made ', 'project') },
  'settings.change': { label: 'Changed the settings', say: settingsChanged },
  'masking.change': { label: 'Changed masking', say: maskingChanged },
  'price.create': {
    label: 'Set a price',
    say: (target) => [
      'set ',
      target?.name == null ? called(target, 'price') : 'the price of ',
      ...(target?.name == null ? [] : [{ name: target.name }]),
    ],
  },
  'price.delete': { label: 'Deleted a price', say: of('deleted ', 'price') },
  'prices.reprice': { label: 'Repriced the past', say: plain('repriced past calls') },
  'goal.create': { label: 'Added a goal', say: of('added ', 'goal') },
  'goal.change': { label: 'Changed a goal', say: of('changed ', 'goal') },
  'goal.delete': { label: 'Deleted a goal', say: of('deleted ', 'goal') },
  'view.create': { label: 'Saved a view', say: of('saved ', 'view') },
  'view.change': { label: 'Changed a view', say: of('changed ', 'view') },
  'view.delete': { label: 'Deleted a view', say: of('deleted ', 'view') },
  'alertRule.create': { label: 'Added an alert rule', say: of('added alert ', 'rule') },
  'alertRule.change': { label: 'Changed an alert rule', say: of('changed alert ', 'rule') },
  'alertRule.delete': { label: 'Deleted an alert rule', say: of('deleted alert ', 'rule') },
  'alertRule.test': { label: 'Tested an alert rule', say: of('sent a test of alert ', 'rule') },
  'share.create': { label: 'Shared a session', say: shared },
  'share.revoke': { label: 'Revoked a shared link', say: whose('revoked a link to session ') },
  'session.export': { label: 'Exported a session', say: whose('exported session ') },
  'sessions.export': { label: 'Exported sessions', say: exported },
  'session.erase': { label: 'Erased a session', say: whose('erased session ', ' for good') },
  'user.erase': { label: 'Erased a user', say: whose('erased user ', ' for good') },
  import: { label: 'Imported sessions', say: plain('imported sessions') },
};

/** Who did it. */
export function whoOf({ kind, name, id }: AuditEvent['actor']): Piece[] {
  switch (kind) {
    case 'account':
      return [{ name: name === '' ? `Account ${id ?? ''}` : name }];
    case 'key':
      return ['Key ', { name: name === '' ? String(id ?? '') : name }];
    case 'command':
      return name === '' ? ['A command on the server'] : [{ name }, ', by a command on the server,'];
    case 'link':
      return ['Somebody with the sign-in link'];
    case 'nobody':
      return ['Somebody, without signing in,'];
  }
}

/** What they did. */
export const whatOf = ({ action, target }: AuditEvent, now: number): Piece[] =>
  (Object.hasOwn(ACTIONS, action)
    ? ACTIONS[action].say(targetOf(target), target, now)
    : [`${action} ${target}`]
  ).filter((piece) => piece !== '');
