import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';

import { meQuery, valuesQuery } from '../../api/queries';
import { ranked } from '../../model/fuzzy';
import { sessionTitle } from '../../model/totals';
import { DEFAULT_STATE, listSearch } from '../../state/listState';
import { navigate } from '../../state/location';
import { recentSessions } from '../../state/recentSessions';
import { sessionPath, turnPath, userPath } from '../../state/routes';
import { useShortcutList } from '../../state/shortcuts';
import { PAGES, useSignOut } from '../Shell';

import { namedQuery, recentQuery, saidQuery } from './paletteQueries';

import type { FoundSession } from '../../api/schema';
import type { IconName } from '../Icon';

export interface Entry {
  key: string;
  label: string;
  icon: IconName;
  run: () => void;
  /** Text of telemetry, which keeps its direction to itself. */
  isData?: boolean;
  /** The letters of the label that answer to what was typed. */
  at?: readonly number[];
  /** What is said beside it. */
  aside?: string;
  keys?: string | null;
  /** Finds it, and is not shown. */
  words?: string;
}

export interface Section {
  title: string;
  entries: Entry[];
}

const FEW_USERS = 4;

/** All that the palette offers for a text, in sections; none of them is empty. */
export function useEntries(typed: string): { sections: Section[]; isSearching: boolean } {
  const text = typed.trim();
  const [asked] = useDebouncedValue(text, 120);
  const project = String(useQuery(meQuery).data?.project.id ?? '');
  const isEmpty = text === '';
  const recent = useQuery({ ...recentQuery(recentSessions(project)), enabled: isEmpty });
  const named = useQuery(namedQuery(asked));
  const said = useQuery(saidQuery(asked));
  const users = useQuery({ ...valuesQuery('user.id', asked), enabled: asked !== '' });
  const commands = useCommands();
  const pages = usePages();
  const chosen = (entries: Entry[]): Entry[] =>
    ranked(entries, text).map(({ item, at }) => ({ ...item, at }));
  const sections: Section[] = isEmpty
    ? [
        { title: 'Recent sessions', entries: (recent.data ?? []).map((one) => openEntry(one, 'recent')) },
        { title: 'On this page', entries: commands.here },
        { title: 'Go to', entries: pages },
        { title: 'Everywhere', entries: commands.everywhere },
      ]
    : [
        { title: 'Commands', entries: chosen([...commands.here, ...pages, ...commands.everywhere]) },
        {
          title: 'Sessions',
          entries: (named.data ?? []).filter(isNamed(text)).map((one) => openEntry(one, 'named')),
        },
        { title: 'Said in', entries: text.length < 2 ? [] : (said.data ?? []).map(saidEntry) },
        { title: 'Users', entries: (users.data ?? []).flatMap(userEntry(text)).slice(0, FEW_USERS) },
        { title: 'More', entries: [everySession(text), exactSession(text)] },
      ];
  return {
    sections: sections.filter(({ entries }) => entries.length > 0),
    isSearching: !isEmpty && (asked !== text || named.isFetching || said.isFetching || users.isFetching),
  };
}

const openEntry = (session: FoundSession, why: string): Entry => ({
  key: `${why} ${session.id}`,
  label: sessionTitle(session).text,
  icon: 'sessions',
  isData: true,
  aside: session.id,
  run: () => navigate(sessionPath(session.id)),
});

const saidEntry = (session: FoundSession): Entry => ({
  key: `said ${session.id}`,
  label: session.match?.snippet ?? sessionTitle(session).text,
  icon: 'search',
  isData: true,
  aside: session.id,
  run: () => navigate(session.match ? turnPath(session.id, session.match.traceId) : sessionPath(session.id)),
});

/** Answers to what was typed before stand until the new ones come: those that still answer. */
const isNamed =
  (text: string) =>
  ({ id, title }: FoundSession): boolean =>
    id.includes(text) || (title ?? '').includes(text);

const userEntry =
  (text: string) =>
  ({ value }: { value: unknown }): Entry[] =>
    typeof value !== 'string' || value === '' || !value.toLowerCase().startsWith(text.toLowerCase())
      ? []
      : [
          {
            key: `user ${value}`,
            label: value,
            icon: 'users',
            isData: true,
            run: () => navigate(userPath(value)),
          },
        ];

const everySession = (text: string): Entry => ({
  key: 'more said',
  label: `All sessions in which “${text}” was said`,
  icon: 'search',
  run: () => navigate(`/sessions${listSearch({ ...DEFAULT_STATE, q: text })}`),
});

const exactSession = (text: string): Entry => ({
  key: 'more open',
  label: `Open the session with the id “${text}”`,
  icon: 'sessions',
  run: () => navigate(sessionPath(text)),
});

function usePages(): Entry[] {
  // The settings know their sections; they are loaded when the palette opens for the first time.
  const { data: sections = [] } = useQuery({
    queryKey: ['palette', 'settings'],
    queryFn: async () =>
      (await import('../../pages/settings/sections')).SECTIONS.map(({ path, label }) => ({ path, label })),
    staleTime: Infinity,
  });
  const page = (to: string, label: string, icon: IconName): Entry => ({
    key: `page ${to}`,
    label,
    icon,
    words: 'go to open page',
    run: () => navigate(to),
  });
  return [
    ...PAGES.map(({ to, label, icon }) => page(to, label, icon)),
    page('/funnels', 'Funnels', 'journeys'),
    ...sections
      .filter(({ path }) => path !== '')
      .map(({ path, label }) => page(`/settings/${path}`, `Settings: ${label}`, 'settings')),
  ];
}

function useCommands(): { here: Entry[]; everywhere: Entry[] } {
  const { setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const here = useShortcutList().flatMap(({ keys, label, group, isCommand, run }): Entry[] =>
    isCommand !== true || run === null
      ? []
      : [{ key: `command ${group} ${label}`, label, icon: 'command', keys, words: group, run }],
  );
  const theme = (scheme: 'light' | 'dark' | 'auto', name: string, icon: IconName): Entry => ({
    key: `theme ${scheme}`,
    label: `Theme: ${name}`,
    icon,
    words: 'colour scheme mode',
    run: () => setColorScheme(scheme),
  });
  return {
    here: here.filter(({ words }) => words !== 'Everywhere'),
    everywhere: [
      ...here.filter(({ words }) => words === 'Everywhere'),
      theme('light', 'light', 'sun'),
      theme('dark', 'dark', 'moon'),
      theme('auto', 'as the system', 'screen'),
      { key: 'sign out', label: 'Sign out', icon: 'signOut', words: 'log out leave', run: signOut },
    ],
  };
}
