import type { Detector, MaskingRules } from '../api/schema';

/** What each built-in detector finds, and what it writes in its place. */
export const DETECTORS: readonly { name: Detector; label: string; finds: string; mark: string }[] = [
  {
    name: 'apiKey',
    label: 'API keys',
    finds: 'keys of model, cloud and code services, tokens, private keys',
    mark: '[api key]',
  },
  { name: 'iban', label: 'Bank accounts', finds: 'IBANs with right check digits', mark: '[iban]' },
  {
    name: 'card',
    label: 'Payment cards',
    finds: 'card numbers with a right check digit',
    mark: '[card]',
  },
  { name: 'email', label: 'E-mail addresses', finds: 'addresses in any script', mark: '[e-mail]' },
  {
    name: 'phone',
    label: 'Phone numbers',
    finds: 'with a country’s code, North American, or with a leading 0 and separators',
    mark: '[phone]',
  },
];

export const MOST_PATTERNS = 50;

/** What shows all five detectors at work; the numbers are made up for examples. */
export const SAMPLE =
  'Ann (ann@example.com, +49 30 1234567) paid with 4111 1111 1111 1111 from DE89 3704 0044 0532 0130 00, Authorization: Bearer abcdefghijklmnop1234567890';

export const isSame = (a: MaskingRules, b: MaskingRules): boolean => asText(a) === asText(b);

const asText = ({ detectors, patterns }: MaskingRules): string =>
  JSON.stringify([[...detectors].sort(), patterns.map(({ name, pattern }) => [name, pattern])]);

/** Without the lines that are still empty. */
export const written = ({ detectors, patterns }: MaskingRules): MaskingRules => ({
  detectors,
  patterns: patterns
    .map(({ name, pattern }) => ({ name: name.trim(), pattern }))
    .filter(({ name, pattern }) => name !== '' || pattern !== ''),
});

/** The pieces of a masked text: what stands between the marks of these rules, and the marks. */
export function marked({ patterns }: MaskingRules, text: string): { text: string; isMark: boolean }[] {
  const marks = [...DETECTORS.map(({ mark }) => mark), ...patterns.map(({ name }) => `[${name}]`)];
  const escaped = marks.map((mark) => mark.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return text
    .split(new RegExp(`(${escaped.join('|')})`))
    .map((piece, at) => ({ text: piece, isMark: at % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}

/** How many marks there are in a masked text that were not in the sample already. */
export const replacements = (rules: MaskingRules, sample: string, text: string): number =>
  count(rules, text) - count(rules, sample);

const count = (rules: MaskingRules, text: string): number =>
  marked(rules, text).filter(({ isMark }) => isMark).length;
