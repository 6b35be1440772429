/** All that reads what an agent, or a damaged disk, may have written. */
import type { FuzzTarget } from '../harness/target';
import { audit } from './audit';
import { changes } from './changes';
import { frames } from './frames';
import { journal } from './journal';
import { json } from './json';
import { objects } from './objects';
import { packs } from './packs';
import { push } from './push';
import { rpc } from './rpc';
import { settings } from './settings';
import { words } from './words';

export const targets: readonly FuzzTarget[] = [
  ...[frames, json, rpc],
  ...[changes, objects, packs, push, words],
  ...[settings, audit, journal],
];
