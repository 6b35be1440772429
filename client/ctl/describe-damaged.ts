/** What the daemon knows to be there and can not use, below a list of what it can. */
import type { Damaged } from '../../shared/records';
import { escapeLine } from './escape-text';
import type { Style } from './style';

export function describeDamaged(damaged: readonly Damaged[] | undefined, style: Style): string {
  if (damaged === undefined || damaged.length === 0) return '';
  const lines = damaged.map(
    ({ id, error }) => `${escapeLine(id)}  ${style.paint('red', 'error')}  ${escapeLine(error)}\n`,
  );
  return `${lines.join('')}gitisoctl doctor tells what can be done\n`;
}
