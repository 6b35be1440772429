/** What a figure is, and how it is printed. */

export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string | null;
  readonly peerValue: number | null;
  readonly goal: string;
  readonly n: number;
  /** Interquartile range of the values over their median; null for single measurements. */
  readonly spread: number | null;
  readonly conditions: string;
}

export function printFigure(figure: Figure): void {
  const ratio = figure.peerValue === null ? null : round(figure.value / figure.peerValue);
  const { value, peerValue, spread, ...rest } = figure;
  const line = {
    ...rest,
    value: round(value),
    peerValue: peerValue === null ? null : round(peerValue),
    ratio,
    spread: spread === null ? null : round(spread),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function spreadOf(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
