import { numberFormat } from './intl';

const cents = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const tenths = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 3 });
const exact = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 12 });

/** `$0.21`, `$1,204.50`; under a cent two significant digits (`$0.0031`), as it would else read as nothing. */
export function formatCost(dollars: number): string {
  if (dollars === 0) return '$0.00';
  if (dollars < 0) return `-${formatCost(-dollars)}`;
  if (dollars < 0.000001) return '<$0.000001';
  if (dollars < 0.01) {
    const digits = Math.min(8, 1 - Math.floor(Math.log10(dollars)));
    return `$${dollars.toFixed(digits)}`;
  }
  return `$${(dollars < 0.1 ? tenths : cents)(dollars)}`;
}

/** On an axis, whose lowest mark is nothing at all. */
export const roundCost = (dollars: number): string => (dollars === 0 ? '$0' : formatCost(dollars));

/** All decimals the server gives (12), without the zeros that say nothing. */
export const exactCost = (dollars: number): string => `$${exact(dollars)}`;
