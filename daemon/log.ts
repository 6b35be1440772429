/** The daemon's log: the only import of winston. Everything passes `log-fields.ts`, so secrets never get out. */
import type { Writable } from 'node:stream';
import * as winston from 'winston';
import { cleanFields, cleanText, escapeControls } from './log-fields';

export interface Logger {
  readonly debug: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly info: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly error: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly child: (fields: Readonly<Record<string, unknown>>) => Logger;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface LogOptions {
  /** human: `time LEVEL message key=value …`; json: one object per line. */
  readonly format: 'human' | 'json';
  readonly level: LogLevel;
  readonly stream: Writable;
  readonly now: () => Date;
}

/** The root logger, whose level can be changed while the daemon runs; children follow. */
export interface RootLogger extends Logger {
  readonly setLevel: (level: LogLevel) => void;
}

type Fields = Readonly<Record<string, unknown>>;

export function createLogger(options: LogOptions): RootLogger {
  const render = options.format === 'json' ? renderJson : renderHuman;
  // winston declares its transports as interfaces beside the class that they extend.
  const transport = new winston.transports.Stream({ stream: options.stream }) as object as winston.transport;
  const sink = winston.createLogger({
    level: options.level,
    format: winston.format.printf((info) => String(info.message)),
    transports: [transport],
  });

  function write(level: LogLevel, message: string, bound: Fields, fields: Fields | undefined): void {
    if (!sink.isLevelEnabled(level)) return;
    const all = fields === undefined ? bound : { ...bound, ...fields };
    sink.log(level, render(options.now().toISOString(), level, cleanText(message), cleanFields(all)));
  }

  function bind(bound: Fields): Logger {
    return {
      debug: (message, fields) => write('debug', message, bound, fields),
      info: (message, fields) => write('info', message, bound, fields),
      warn: (message, fields) => write('warn', message, bound, fields),
      error: (message, fields) => write('error', message, bound, fields),
      child: (fields) => bind({ ...bound, ...fields }),
    };
  }

  return {
    ...bind({}),
    setLevel: (level) => {
      sink.level = level;
    },
  };
}

function renderJson(time: string, level: LogLevel, message: string, fields: Fields): string {
  return escapeControls(JSON.stringify({ time, level, message, ...fields }));
}

function renderHuman(time: string, level: LogLevel, message: string, fields: Fields): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${humanValue(value)}`);
  return escapeControls(`${time} ${level.toUpperCase().padEnd(5)} ${message}${pairs.join('')}`);
}

/** Plain words stay plain; anything that could be mistaken for several fields is quoted. */
function humanValue(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
}
