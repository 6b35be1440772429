/** The version of gitisoctl, from the package it belongs to. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Looks upwards from a folder of the program for its package.json; 'unknown' when there is none. */
export function readVersion(folder: string): string {
  for (let here = folder; ; here = dirname(here)) {
    const version = readPackage(join(here, 'package.json'));
    if (version !== null) return version;
    if (here === dirname(here)) return 'unknown';
  }
}

function readPackage(file: string): string | null {
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
    return content.name === 'gitiso' && typeof content.version === 'string' ? content.version : null;
  } catch {
    return null;
  }
}
