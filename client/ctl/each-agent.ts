/** Runs one method for several ids, goes on after a failure, and reports per id. */
import type { CommandContext } from './command';
import { explainError } from './explain-error';
import type { Style } from './style';
import { Interruption } from './terminal';

export interface PerId<R> {
  readonly ids: readonly string[];
  /** False with one id: then the answer is the method's own. */
  readonly isList: boolean;
  readonly request: (id: string) => Promise<R>;
  /** Called for each id as soon as it is done, or once at the end for a table of all that succeeded. */
  readonly report: 'each' | 'together';
  readonly render: (answers: readonly Answer<R>[], style: Style) => string;
}

export interface Answer<R> {
  readonly id: string;
  readonly result: R;
}

/**
 * For a list, `--json` gives one array in the order of the ids: `{ id, result }` or
 * `{ id, error: { reason, message, hint } }`. The exit code is that of the first failure.
 */
export async function forEachId<R>(
  { ids, isList, request, report, render }: PerId<R>,
  { output }: CommandContext,
): Promise<number> {
  const [only] = ids;
  if (!isList && only !== undefined) {
    return output.answer(await request(only), (result, style) => render([{ id: only, result }], style));
  }
  let exit = 0;
  const answers: Answer<R>[] = [];
  const entries: unknown[] = [];
  const print = (some: readonly Answer<R>[]): void => {
    if (!output.isJson) output.text(render(some, output.style));
  };
  for (const id of ids) {
    try {
      const answer = { id, result: await request(id) };
      entries.push(answer);
      answers.push(answer);
      if (report === 'each') print([answer]);
    } catch (error) {
      if (error instanceof Interruption) throw error;
      const { reason, message, hint, exit: code } = explainError(error);
      entries.push({ id, error: { reason, message, hint } });
      output.note('gitisoctl', `${id}: ${message}`);
      if (hint !== null) output.note('hint', hint);
      exit ||= code;
    }
  }
  if (report === 'together') print(answers);
  if (output.isJson) output.json(entries);
  return exit;
}
