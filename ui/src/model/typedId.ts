/** What a line of input cannot hold, or nobody sees: line ends, marks of direction and the like. */
const UNTYPED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const seen = (text: string): string => text.replace(UNTYPED, '').trim();

/** What somebody has to write to confirm that they mean this id; an id of which nothing is seen has a word instead. */
export const toWrite = (id: string): string => seen(id) || 'erase';

export const isWritten = (id: string, typed: string): boolean => seen(typed) === toWrite(id);
