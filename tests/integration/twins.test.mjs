// One bidId, several bids: a client that goes wrong, or a thief of its token, sends different contents under one id through every way at once. One of them counts,
// whoever sent it is told so, and nobody else hears that his did.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Stack } from './support/stack.mjs';

const ROUNDS = 12;
const STEP = 10000;
const LOSING = ['BID_ID_REUSED', 'BID_TOO_LOW', 'ALREADY_LEADING'];

describe('bids of several contents under one id', () => {
  let stack, lot;
  const people = [];
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    const sale = await stack.sale({ ladder: [{ below: 0, step: STEP }] });
    for (const name of ['aoi', 'ren']) {
      const user = await stack.bidder(name, sale.id);
      people.push({ user, clients: [await stack.client(user, 0), await stack.client(user, 1), await stack.client(user, 1)] });
    }
    lot = await stack.lot(sale.id);
  });
  after(() => stack?.stop());

  it('count once, with the content of which it is said', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { user, clients } = people[round % 2];
      const least = (await stack.auction(lot)).minNextBid;
      const bidId = randomUUID();
      const overSocket = (client, amount) => client.bid(lot, amount, { bidId }).then((answer) => ({ ...answer, amount, code: answer.error?.code }));
      const overRest = (amount) => user.api.post(`/api/auctions/${lot}/bids`, { bidId, amount, confirm: true }).then(({ json }) => ({ ...json, amount }));
      const answers = await Promise.all([overSocket(clients[0], least), overSocket(clients[1], least + STEP), overSocket(clients[2], least), overRest(least + 2 * STEP), overSocket(clients[0], least + 3 * STEP)]);
      const fate = (await user.api.get(`/api/auctions/${lot}/bids/by-id/${bidId}`)).expect(200);
      assert.equal(fate.verdict, 'accepted', JSON.stringify(answers));
      const told = answers.filter(({ ok }) => ok === true);
      assert.ok(told.length > 0, JSON.stringify(answers));
      for (const answer of told) assert.deepEqual([answer.amount, answer.seq], [fate.amount, fate.seq], JSON.stringify(answers));
      for (const { ok, code } of answers) assert.ok(ok === true || LOSING.includes(code), `${code}`);
      assert.equal(stack.database.sql(`SELECT count(*) FROM auction_events WHERE private_part LIKE '%${bidId}%'`), '1');
    }
  });
});
