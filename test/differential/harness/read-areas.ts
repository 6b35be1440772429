/** The scenario files: `scenarios/<area>/<name>.scenario`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseScenarios, type Scenario } from './scenario';

const folder = join(__dirname, '../scenarios');

export function listAreas(): readonly string[] {
  return readdirSync(folder).sort();
}

/** All scenarios of an area. Throws, naming the file, when one makes no sense. */
export function readArea(area: string): readonly Scenario[] {
  const names = readdirSync(join(folder, area)).filter((name) => name.endsWith('.scenario'));
  return names.sort().flatMap((name) => {
    try {
      return parseScenarios(readFileSync(join(folder, area, name), 'utf8'));
    } catch (error) {
      throw new Error(`${area}/${name}`, { cause: error });
    }
  });
}
