import type { Goal, GoalBody } from '../api/schema';

// A goal as a form holds it: texts as they are typed, and what the API takes once they say something whole.

export const KINDS = ['tag', 'traceName', 'metadata', 'outcome', 'errorFree', 'score'] as const;
export type Kind = (typeof KINDS)[number];
export const MOST_CONDITIONS = 10;
const MOST_PAIRS = 10;

export const KIND_WORDS: Record<Kind, string> = {
  tag: 'a turn has the tag',
  traceName: 'a turn is named',
  metadata: 'a turn has the metadata',
  outcome: 'the outcome is',
  errorFree: 'it ends without an error',
  score: 'its score is',
};

export interface ConditionDraft {
  kind: Kind;
  /** The tag, the turn's name, the outcome, or the score's name. */
  text: string;
  pairs: { key: string; value: string }[];
  min: string;
  max: string;
  label: string;
}

export interface GoalDraft {
  name: string;
  /** One condition, or several that come true one after the other. */
  conditions: ConditionDraft[];
}

type When = GoalBody['when'];

export const newCondition = (kind: Kind = 'tag'): ConditionDraft => ({
  kind,
  text: '',
  pairs: [{ key: '', value: '' }],
  min: '',
  max: '',
  label: '',
});

export const NEW_GOAL: GoalDraft = { name: '', conditions: [newCondition('traceName')] };

/** Nothing comes after an error-free end or a score. */
export const mayBe = (kind: Kind, at: number, count: number): boolean =>
  at === count - 1 || (kind !== 'errorFree' && kind !== 'score');

const number = (typed: string): number | null | undefined => {
  if (typed.trim() === '') return undefined;
  const n = Number(typed.trim().replace(',', '.'));
  return Number.isFinite(n) ? n : null;
};

function conditionWhen(draft: ConditionDraft): When | null {
  const { kind, text, pairs, min, max, label } = draft;
  switch (kind) {
    case 'errorFree':
      return { errorFree: true };
    case 'metadata': {
      const told = pairs.filter(({ key, value }) => key !== '' || value !== '');
      const names = new Set(told.map(({ key }) => key));
      if (told.length === 0 || told.length > MOST_PAIRS || names.has('') || names.size < told.length)
        return null;
      return { metadata: Object.fromEntries(told.map(({ key, value }) => [key, value])) };
    }
    case 'score': {
      const least = number(min);
      const most = number(max);
      if (text === '' || least === null || most === null) return null;
      const bounds = {
        ...(least === undefined ? {} : { min: least }),
        ...(most === undefined ? {} : { max: most }),
        ...(label === '' ? {} : { label }),
      };
      return Object.keys(bounds).length === 0 ? null : { score: { name: text, ...bounds } };
    }
    default:
      return text === '' ? null : { [kind]: text };
  }
}

/** What the API calls `when`; `null` while it does not say something whole. */
export function whenOf({ conditions }: GoalDraft): When | null {
  const said = conditions.map(conditionWhen);
  if (said.some((one) => one === null)) return null;
  if (conditions.some(({ kind }, at) => !mayBe(kind, at, conditions.length))) return null;
  return said.length === 1 ? (said[0] ?? null) : { sequence: said };
}

export function bodyOf(draft: GoalDraft): GoalBody | null {
  const when = whenOf(draft);
  const name = draft.name.trim();
  return when === null || name === '' ? null : { name, when };
}

/** As it is typed: metadata matches by its text, so that a number is the same as its digits. */
const typed = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

function conditionDraft(when: When): ConditionDraft {
  const kind = KINDS.find((one) => one in when) ?? 'tag';
  const value = when[kind];
  const empty = newCondition(kind);
  if (kind === 'metadata')
    return {
      ...empty,
      pairs: Object.entries(value as Record<string, unknown>).map(([key, one]) => ({
        key,
        value: typed(one),
      })),
    };
  if (kind === 'score') {
    const { name, min, max, label } = value as Record<string, unknown>;
    return { ...empty, text: typed(name), min: typed(min), max: typed(max), label: typed(label) };
  }
  return kind === 'errorFree' ? empty : { ...empty, text: typed(value) };
}

const partsOf = (when: When): When[] => ('sequence' in when ? (when.sequence as When[]) : [when]);

export const draftOf = ({ name, when }: Pick<Goal, 'name' | 'when'>): GoalDraft => ({
  name,
  conditions: partsOf(when).map(conditionDraft),
});

function conditionSentence({ kind, text, pairs, min, max, label }: ConditionDraft): string {
  switch (kind) {
    case 'errorFree':
      return KIND_WORDS.errorFree;
    case 'metadata':
      return `${KIND_WORDS.metadata} ${pairs.map(({ key, value }) => `${key} = ${value}`).join(' and ')}`;
    case 'score': {
      const bounds = [
        min === '' ? '' : `at least ${min}`,
        max === '' ? '' : `at most ${max}`,
        label === '' ? '' : `labelled ${label}`,
      ];
      return `its score ${text} is ${bounds.filter((bound) => bound !== '').join(' and ')}`;
    }
    default:
      return `${KIND_WORDS[kind]} ${text}`;
  }
}

/** `a turn is named search, then it ends without an error` */
export const whenSentence = (when: When): string =>
  partsOf(when)
    .map((part) => conditionSentence(conditionDraft(part)))
    .join(', then ');
