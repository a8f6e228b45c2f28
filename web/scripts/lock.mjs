// Takes the download addresses out of package-lock.json: which registry serves a package is the machine's business. Versions and
// digests stay. `npm run lock` makes the file anew: npm forgets versions when it changes one without addresses.
import { readFile, writeFile } from 'node:fs/promises';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(await readFile(file, 'utf8'));
for (const entry of Object.values(lock.packages)) delete entry.resolved;
await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
