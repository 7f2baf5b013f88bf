import { describe, expect, it } from 'vitest';

import { auditParams, auditSearch, choiceOf } from './auditChoice';
import { whatOf, whoOf, type Piece } from './auditSentence';

import type { AuditAction, AuditEvent } from '../api/schema';

const NOW = Date.parse('2026-11-23T10:30:00Z');
const text = (pieces: Piece[]): string =>
  pieces
    .map((piece) =>
      typeof piece === 'string' ? piece : 'name' in piece ? `<${piece.name}>` : `#${piece.digest}`,
    )
    .join('');
const said = (action: AuditAction, target: string): string =>
  text(whatOf({ action, target } as AuditEvent, NOW));

describe('an event of the audit log', () => {
  it.each<[AuditAction, string, string]>([
    ['signIn', '', 'signed in'],
    ['key.create', 'key 2 (ci): ingest, read', 'made key <ci>, which may ingest, read'],
    ['key.create', 'key 2 (a): b (c)): read', 'made key <a): b (c)>, which may read'],
    ['key.rotate', 'key 2 (ci): by key 3', 'replaced key <ci> by key 3'],
    ['key.revoke', 'key 3', 'revoked key 3'],
    ['key.revoke', 'key 3 (ci)', 'revoked key <ci>'],
    ['invitation.create', 'invitation 1: owner', 'invited whoever has the link as an owner'],
    [
      'invitation.create',
      'invitation 1 (ann@test.example): viewer',
      'invited <ann@test.example> as a viewer',
    ],
    ['invitation.withdraw', 'invitation 1', 'withdrew invitation 1'],
    ['account.role', 'account 1 (ann@test.example): member', 'made <ann@test.example> a member'],
    ['account.role', 'account 1: member', 'made account 1 a member'],
    ['account.remove', 'account 1 (ann@test.example)', 'took <ann@test.example> out of the project'],
    [
      'settings.change',
      'auto_sessions=True, idle_minutes=5',
      'changed the settings: automatic sessions on, idle time 5 min',
    ],
    ['settings.change', 'retention_days=None', 'changed the settings: keep for good'],
    ['masking.change', 'detectors=email,card patterns=1', 'set masking to email, card, 1 pattern'],
    ['masking.change', 'detectors= patterns=0', 'switched masking off'],
    ['goal.create', 'goal 4 (checkout)', 'added goal <checkout>'],
    ['goal.create', '', 'added goal'],
    ['price.create', 'price 4 (gpt-4o*)', 'set the price of <gpt-4o*>'],
    ['session.erase', 'session 0a1b', 'erased session #0a1b for good'],
    [
      'share.create',
      'session 0a1b, share 3 until 2026-11-30T10:30:00.000Z',
      'made a link to session #0a1b, until 30 Nov 10:30',
    ],
    ['share.revoke', 'session 0a1b, share 3', 'revoked a link to session #0a1b'],
    ['sessions.export', 'format csv, filtered', 'exported chosen sessions as csv'],
  ])('%s of %s is a sentence', (action, target, sentence) => {
    expect(said(action, target)).toBe(sentence);
  });

  it('names who did it', () => {
    const who = (kind: string, name: string, id: number | null = null): string =>
      text(whoOf({ kind, name, id } as AuditEvent['actor']));
    expect([who('account', 'ann@test.example', 1), who('key', 'ci', 2), who('key', '', 2)]).toEqual([
      '<ann@test.example>',
      'Key <ci>',
      'Key <2>',
    ]);
    expect([who('command', 'root'), who('link', ''), who('nobody', '')]).toEqual([
      '<root>, by a command on the server,',
      'Somebody with the sign-in link',
      'Somebody, without signing in,',
    ]);
  });
});

describe('which events are shown', () => {
  it('stands in the address and is what is asked for', () => {
    const search = '?range=7d&action=key.create&actor=account&name=ann';
    const choice = choiceOf(search);
    expect(new Set(auditSearch(choice).slice(1).split('&'))).toEqual(new Set(search.slice(1).split('&')));
    expect(auditParams(choice, NOW)).toEqual([
      ['action', 'key.create'],
      ['actor', 'account'],
      ['actorName', 'ann'],
      ['from', '2026-11-16T10:30:00.000Z'],
    ]);
  });

  it('is everything where the address says nothing that there is', () => {
    const everything = choiceOf('?action=toString&actor=nobody-else&name=%20');
    expect([auditSearch(everything), auditParams(everything, NOW)]).toEqual(['', []]);
  });
});
