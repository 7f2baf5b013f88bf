import { describe, expect, it } from 'vitest';

import { ApiError, sentences } from './errors';

describe('an error in words', () => {
  it('is a sentence for each of message and hint, without the backticks of a terminal', () => {
    const error = new ApiError(
      401,
      'unauthenticated',
      'the link is used up',
      '`threadline serve` prints a new one.',
    );
    expect(sentences(error)).toBe('The link is used up. Threadline serve prints a new one.');
  });
});
