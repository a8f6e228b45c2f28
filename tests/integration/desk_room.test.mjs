// The office's desk at a sale: what the public does not see, over all nodes, for the office alone.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe("the office's desk", () => {
  let stack, sale, office, aoi, ren;
  before(async () => {
    stack = await Stack.start({ nodes: 2 });
    sale = await stack.sale();
    office = await stack.office();
    aoi = await stack.bidder('aoi', sale.id);
    ren = await stack.bidder('ren', sale.id);
    (await office.api.post(`/api/sales/${sale.id}/registrations`, { userId: aoi.id, creditLimit: 9000000 })).expect(200);
  });
  after(() => stack?.stop());

  /** Joins, and gives a function of what the desk shows of a lot. */
  const sit = async (client) => {
    const answer = await client.request('desk:join', { saleId: sale.id });
    assert.equal(answer.ok, true, JSON.stringify(answer));
    const latest = () => client.events.filter(({ event }) => event === 'desk:update').at(-1)?.data ?? answer.desk;
    return { answer, latest, lot: (id) => latest().lots.find(({ auctionId }) => auctionId === id) };
  };

  it('shows the reserve, who leads with what credit is left, who is there, and what was commanded by whom', async () => {
    const lot = await stack.lot(sale.id, { reservePrice: 3000000 });
    const clients = [await stack.client(aoi, 0), await stack.client(aoi, 1), await stack.client(ren, 1), await stack.client(null, 0), await stack.client(null, 1)];
    for (const client of clients) await client.join(lot);
    const desk = await sit(await stack.client(office, 0));
    const first = desk.answer.desk.lots.find(({ auctionId }) => auctionId === lot);
    assert.deepEqual([first.status, first.reserve, first.price, first.leader], ['active', 3000000, null, null]);
    const { stateSeq } = await clients[0].bid(lot, 1000000, { maxAmount: 2000000 });
    const shown = await until('the leader', () => desk.lot(lot)?.leader && desk.lot(lot));
    assert.deepEqual(shown.leader, { userId: aoi.id, name: 'aoi', paddle: aoi.paddle, availableCredit: 7000000 });
    assert.deepEqual([shown.expectedSeq, shown.price, shown.queue], [stateSeq, 2000000, 0]);
    await until('all to be seen, over both nodes', () => {
      const { visitors, bidders } = desk.lot(lot);
      return visitors === 2 && bidders.length === 2 && bidders[0].name === 'aoi' && bidders[1].name === 'ren' && bidders[1].paddle === ren.paddle;
    });
    clients[2].terminate();
    await until('one to be gone', () => desk.lot(lot).bidders.length === 1, 15);

    await stack.command(lot, 'warn');
    const warned = await until('the command', () => desk.latest().commands.find((one) => one.auctionId === lot && one.kind === 'warn'));
    assert.deepEqual([warned.userId, warned.name, warned.said], [office.id, 'office', {}]);
    const commandId = randomUUID();
    (await office.api.post(`/api/auctions/${lot}/extend`, { commandId, byMs: 60000, reason: 'the line broke' })).expect(200);
    const extended = await until('the next', () => desk.latest().commands.find((one) => one.commandId === commandId));
    assert.deepEqual([extended.auctionId, extended.kind, extended.said], [lot, 'extend', { byMs: 60000, text: 'the line broke' }]);
  });

  it('shows what comes next, with the maxima left there', async () => {
    const lot = await stack.lot(sale.id, { until: 'schedule' });
    const desk = await sit(await stack.client(office, 1));
    assert.deepEqual([desk.lot(lot).status, desk.lot(lot).earlyMaxima], ['scheduled', 0]);
    const client = await stack.client(ren, 0);
    await client.bid(lot, null, { maxAmount: 1500000 });
    await until('the maximum', () => desk.lot(lot).earlyMaxima === 1);
  });

  it('tells at most once a second, and nothing when nothing changes', async () => {
    const lot = await stack.lot(sale.id);
    const watch = await stack.client(office, 0);
    const desk = await sit(watch);
    const bidders = [await stack.client(aoi, 0), await stack.client(ren, 1)];
    const began = Date.now();
    for (let next = 1000000, i = 0; Date.now() - began < 2000 && next < 4000000; i++) next = (await bidders[i % 2].bid(lot, next)).minNextBid ?? Infinity;
    const { seq } = await stack.auction(lot);
    await until('the newest state', () => desk.lot(lot).expectedSeq === seq);
    const updates = () => watch.events.filter(({ event }) => event === 'desk:update');
    assert.ok(updates().length <= (Date.now() - began) / 1000 + 3, `${updates().length}`);
    updates().map(({ data }) => JSON.stringify(data)).reduce((last, text) => {
      assert.notEqual(text, last, 'each says something new');
      return text;
    }, '');
  });

  it('ends with desk:leave', async () => {
    const [watch, gone] = [await stack.client(office, 0), await stack.client(office, 0)];
    const desk = await sit(watch);
    await sit(gone);
    assert.deepEqual(await gone.request('desk:leave', { saleId: sale.id }), { ok: true });
    assert.deepEqual(await gone.request('desk:leave', { saleId: sale.id }), { ok: true }, 'it is no fault to leave twice');
    const [joined, left] = await Promise.all([gone.request('desk:join', { saleId: sale.id }), gone.request('desk:leave', { saleId: sale.id })]);
    assert.deepEqual([joined.ok, left.ok], [true, true], 'a join under way is answered');
    const updates = () => gone.events.filter(({ event }) => event === 'desk:update').length;
    const told = updates();
    const lot = await stack.lot(sale.id);
    await until('the other to be told', () => desk.lot(lot));
    assert.equal(updates(), told);
    await sit(gone);
    await stack.command(lot, 'message', { text: 'One more' });
    await until('to be told again', () => updates() > told);
  });

  it('is for the office alone, and only as long as one is of it', async () => {
    await stack.lot(sale.id);
    for (const [user, code] of [[null, 'UNAUTHENTICATED'], [aoi, 'FORBIDDEN']]) {
      const client = await stack.client(user, 0);
      assert.equal((await client.request('desk:join', { saleId: sale.id })).error.code, code);
    }
    const admin = await stack.user('root', 'admin');
    const temp = await stack.user('temp', 'auctioneer');
    const client = await stack.client(temp, 0);
    await sit(client);
    const { headers } = await admin.api.get(`/api/users/${temp.id}`);
    (await admin.api.patch(`/api/users/${temp.id}`, { role: 'viewer' }, headers.get('etag'))).expect(200);
    await until('the node to know', async () => client.close || (await client.request('desk:join', { saleId: sale.id }).catch(() => ({}))).error?.code === 'FORBIDDEN', 10);
    const told = client.events.filter(({ event }) => event === 'desk:update').length;
    const other = await sit(await stack.client(office, 0));
    const lot = await stack.lot(sale.id);
    await until('the others to be told', () => other.lot(lot));
    assert.equal(client.events.filter(({ event }) => event === 'desk:update').length, told);
    assert.equal((await (await stack.client(office, 0)).request('desk:join', { saleId: 999999999 })).error.code, 'NOT_FOUND');
  });
});
