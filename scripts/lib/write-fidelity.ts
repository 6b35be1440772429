/** Brings the generated parts of docs/fidelity.md up to date; see scripts/write-fidelity. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { updatedPage } from './fidelity-tables';

const page = join(__dirname, '../../docs/fidelity.md');
writeFileSync(page, updatedPage(readFileSync(page, 'utf8')));
