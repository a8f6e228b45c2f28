// node coverage.mjs FOLDER: holds what all tests tried of rest/openapi.yaml (contract.mjs writes it there) against the file. Every
// operation needs a success and a refusal, every code of an operation's x-codes must have been its answer, and every code of the
// document's x-codes somebody's. Prints what is missing, a line each, and ends with 1 if anything is.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { contract } from './contract.mjs';

/** Codes that no test can bring about at will, and why. */
const UNPROVOKED = {
  INTERNAL: 'a fault of ours: were there a way to it, it would be mended',
  UNAVAILABLE: 'PostgreSQL away in the very moment of the request, or a full queue of slow work',
  UNCERTAIN: 'a connection that ends between COMMIT and its answer; the unit tests of the ledger cut it there',
};

const folder = process.argv[2];
const tried = new Set(readdirSync(folder).filter((name) => /^rest-\d+\.json$/.test(name)).flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))));
const provoked = (code) => !(code in UNPROVOKED);
const wanted = [
  ...contract.operations().flatMap((operation) => ['success', 'refusal', ...contract.codes(operation).filter(provoked)].map((what) => `${operation} ${what}`)),
  ...contract.document['x-codes'].filter(provoked),
];
const missing = wanted.filter((what) => !tried.has(what));
for (const what of missing) console.log(what);
console.error(`${wanted.length - missing.length} of ${wanted.length} parts of the contract were tried`);
process.exitCode = missing.length > 0 ? 1 : 0;
