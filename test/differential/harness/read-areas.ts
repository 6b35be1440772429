/** The scenario files: `scenarios/<area>/<name>.scenario`. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseScenarios, type Scenario } from './scenario';

const folder = join(__dirname, '../scenarios');

export function listAreas(): readonly string[] {
  return readdirSync(folder).sort();
}

/** All scenarios of an area, by names `<area>/<file>: <title>`. Throws, naming the file, when one makes no sense. */
export function readArea(area: string): ReadonlyMap<string, Scenario> {
  const files = readdirSync(join(folder, area)).filter((name) => name.endsWith('.scenario'));
  const scenarios = new Map<string, Scenario>();
  for (const file of files.sort()) {
    for (const scenario of parseFile(join(folder, area, file))) {
      const name = `${area}/${basename(file, '.scenario')}: ${scenario.title}`;
      if (scenarios.has(name)) throw new Error(`there are two of: ${name}`);
      scenarios.set(name, scenario);
    }
  }
  return scenarios;
}

function parseFile(path: string): readonly Scenario[] {
  try {
    return parseScenarios(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(path, { cause: error });
  }
}
