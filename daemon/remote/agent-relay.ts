/** Shows host git's words on the agent's terminal as they come, in order, while its git waits for the connection. */
import { createLineSplitter, hideHostNames, hostNames, isFetchSummary, isProgress } from './agent-text';
import type { RemoteCall } from './remote-call';

export interface AgentRelay {
  readonly onText: (text: string) => void;
  /** Sends what is left and waits until everything was sent. */
  readonly finish: () => Promise<void>;
}

export function createAgentRelay(
  call: Pick<RemoteCall, 'target' | 'context' | 'progress' | 'print'>,
): AgentRelay {
  const names = hostNames(call.target, [call.context.layout.state]);
  const lines = createLineSplitter();
  let sending: Promise<void> = Promise.resolve();
  const tell = (texts: readonly string[]): void => {
    const text = texts
      .filter((line) => !isFetchSummary(line) && (call.progress || !isProgress(line)))
      .map((line) => hideHostNames(line, names))
      .join('');
    if (text !== '') sending = sending.then(() => call.print(text));
  };
  return {
    onText: (text) => tell(lines.push(text)),
    finish: async () => {
      tell(lines.rest());
      await sending;
    },
  };
}
