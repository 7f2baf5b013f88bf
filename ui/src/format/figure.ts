/** A number as it is shown: short text, the exact value or the reason for its absence on hover. */
export interface Figure {
  text: string;
  title: string;
  /** False for `-`: there is no number, and `title` says why. */
  known: boolean;
}

export const figure = (text: string, title: string): Figure => ({ text, title, known: true });

/** Unknown is `-` with its reason, never 0. */
export const unknown = (reason: string): Figure => ({ text: '-', title: reason, known: false });
