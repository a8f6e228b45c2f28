// node coverage.mjs FOLDER: holds what all tests tried of rest/openapi.yaml and realtime/asyncapi.yaml (contract.mjs and
// realtime_contract.mjs write it there) against the files. Of REST, every operation needs a success and a refusal, every code of an
// operation's x-codes must have been its answer, and every code of the document's x-codes somebody's. Of realtime, every event that the
// server sends must have come, every message must have been answered by its ack, and every code of Refusal by somebody's. Prints what is
// missing, a line each, and ends with 1 if anything is.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { contract } from './contract.mjs';
import { realtimeContract } from './realtime_contract.mjs';

/** Codes that no test can bring about at will, and why. */
const UNPROVOKED = {
  INTERNAL: 'a fault of ours: were there a way to it, it would be mended',
  UNAVAILABLE: 'PostgreSQL away in the very moment of the request, or a full queue of slow work',
  UNCERTAIN: 'a connection that ends between COMMIT and its answer; the unit tests of the ledger cut it there',
};

const folder = process.argv[2];
const provoked = (code) => !(code in UNPROVOKED);
const contracts = {
  rest: [
    ...contract.operations().flatMap((operation) => ['success', 'refusal', ...contract.codes(operation).filter(provoked)].map((what) => `${operation} ${what}`)),
    ...contract.document['x-codes'].filter(provoked),
  ],
  realtime: [...realtimeContract.said.keys(), ...[...realtimeContract.heard.keys()].map((event) => `ack ${event}`), ...realtimeContract.codes.filter(provoked)],
};
for (const [name, wanted] of Object.entries(contracts)) {
  const files = readdirSync(folder).filter((file) => file.startsWith(`${name}-`));
  const tried = new Set(files.flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8'))));
  const missing = wanted.filter((what) => !tried.has(what));
  for (const what of missing) console.log(`${name}: ${what}`);
  console.error(`${wanted.length - missing.length} of ${wanted.length} parts of the contract of ${name} were tried`);
  if (missing.length > 0) process.exitCode = 1;
}
