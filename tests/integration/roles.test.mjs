// The matrix of operation × role: every operation of rest/openapi.yaml, asked as everybody, against its x-roles. Each request carries a
// query parameter that no operation has, which is looked at after the role and before anything is done: so a cell that is allowed is
// answered with a complaint about that parameter, and nothing is ever carried out.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { Stack } from './support/stack.mjs';

const ROLES = ['visitor', 'viewer', 'bidder', 'auctioneer', 'admin'];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const UNLISTED = 'unlisted-by-any-operation';
const { paths } = parse(readFileSync(fileURLToPath(new URL('../../rest/openapi.yaml', import.meta.url)), 'utf8'));

const operations = Object.entries(paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => ({
  name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, ...item[method],
})));

/** The path with things in it that there are none of. */
const nowhere = (path) => path.replace(/\{(\w+)\}/g, (_, name) => (name === 'bidId' ? randomUUID() : '999999999999'));

describe('who may do what', () => {
  let stack;
  const people = {};
  before(async () => {
    stack = await Stack.start({ nodes: 0 });
    people.visitor = stack.api;
    for (const role of ROLES.slice(1)) people[role] = (await stack.user(`the-${role}`, role)).api;
  });
  after(() => stack?.stop());

  it('is written down for every operation', () => {
    for (const { name, 'x-roles': roles, security } of operations) {
      assert.ok(Array.isArray(roles) && roles.length > 0, `${name} has no x-roles`);
      assert.deepEqual(roles, ROLES.filter((role) => roles.includes(role)), `${name}: x-roles are some of ${ROLES.join(', ')}, in this order`);
      const needsToken = JSON.stringify(security) === '[{"bearer":[]}]';
      assert.equal(needsToken, !roles.includes('visitor'), `${name}: security says whether a visitor may`);
    }
  });

  for (const role of ROLES) {
    it(`holds for ${role}s in every operation`, async () => {
      const wrong = [];
      await Promise.all(operations.map(async ({ name, method, path, 'x-roles': roles = [] }) => {
        const answer = await people[role].request(method, `${nowhere(path)}?${UNLISTED}=1`, { headers: { 'if-match': '*' } });
        const refused = role === 'visitor' ? '401 UNAUTHENTICATED' : '403 FORBIDDEN';
        const expected = roles.includes(role) ? `400 INVALID_MESSAGE ${UNLISTED}` : refused;
        const fields = (answer.json?.errors ?? []).map(({ field }) => field);
        const got = [answer.status, answer.json?.code, fields.includes(UNLISTED) ? UNLISTED : fields[0]].filter(Boolean).join(' ');
        if (got !== expected) wrong.push(`${name}: expected ${expected}, got ${got}`);
      }));
      assert.deepEqual(wrong, []);
    });
  }
});
