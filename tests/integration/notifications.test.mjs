// What people are told of what concerns them: derived from the ledger, once, live on every device and in a list, by mail where wanted;
// and the lots that are one's own.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { simpleParser } from 'mailparser';
import { startRedis, until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

const SHORT = { durationMs: 4000, extensionWindowMs: 1000, extensionMs: 1000, closeGraceMs: 400 };

describe('notifications', () => {
  let stack, sale, aoi, ben, fan, breeder;
  const told = async (user, kind, auctionId) =>
    (await user.api.get('/api/notifications?limit=200')).expect(200).items.filter((item) => item.kind === kind && (auctionId === undefined || item.auction?.id === auctionId));
  const tells = (user, kind, auctionId, count = 1) =>
    until(`${user.name} to be told ${kind} of ${auctionId}`, async () => {
      const items = await told(user, kind, auctionId);
      return items.length >= count && items;
    });
  const bid = async (user, lot, amount, more = {}) => {
    const answer = await (user.client ??= await stack.client(user, 0)).bid(lot, amount, more);
    assert.equal(answer.ok, true, JSON.stringify(answer));
    return answer;
  };
  /** Until the followers have seen all there is. */
  const followed = () => until('the ledger to be followed', () => stack.database.sql('SELECT count(*) FROM auctions a LEFT JOIN followed f ON f.auction_id = a.id WHERE a.seq > coalesce(f.seq, 0)') === '0');
  const lettersTo = async (email) => {
    const folder = join(stack.folder.path, 'mail');
    const letters = await Promise.all(readdirSync(folder).filter((name) => name.endsWith('.eml')).sort().map((name) => simpleParser(readFileSync(join(folder, name)))));
    return letters.filter(({ to }) => to.text === email);
  };

  before(async () => {
    stack = await Stack.start({ nodes: 2, env: { JOB_BACKOFF_MS: '50' } });
    await stack.startAnotherRest('rest-2'); // two follow together, in every test
    sale = await stack.sale({ status: 'published' });
    aoi = await stack.bidder('aoi', sale.id);
    ben = await stack.bidder('ben', sale.id);
    fan = await stack.user('fan');
    breeder = await stack.user('breeder');
    stack.database.sql(`INSERT INTO parties (name) VALUES ('牧場'); INSERT INTO party_users SELECT id, ${breeder.id} FROM parties`);
  });
  after(() => stack?.stop());

  it('tell of what the office decided of an application', async () => {
    const [approved] = await tells(aoi, 'registration', undefined);
    assert.deepEqual(approved.data, { decision: 'approved', saleId: sale.id, paddle: aoi.paddle, limit: null });
    assert.equal(approved.auction, null);
    const letter = await until('the letter', async () => (await lettersTo(aoi.email))[0]);
    assert.equal(letter.subject, '試験市場：購買登録が承認されました');
    assert.match(letter.text, new RegExp(`パドル番号：${aoi.paddle}\n購買限度額：設定なし`));
  });

  it('tell of being outbid, one unread a lot, live on every device', async () => {
    const lot = await stack.lot(sale.id);
    const devices = [await stack.client(aoi, 0), await stack.client(aoi, 1)];
    await bid(aoi, lot, 1000000);
    await bid(ben, lot, 1050000);
    const [first] = await tells(aoi, 'outbid', lot);
    assert.deepEqual([first.data.price, first.readAt, first.auction.lotNumber, first.auction.displayNameJa], [1050000, null, 1, 'ハナノハハの2025']);
    for (const device of devices) {
      const live = await device.event('notification', (data) => data.id === first.id);
      const { unread, ...rest } = live;
      assert.deepEqual(rest, first);
      assert.ok(unread >= 1);
    }
    await bid(aoi, lot, 1100000);
    await bid(ben, lot, 1150000);
    const [second] = await until('the newer price', async () => {
      const items = await told(aoi, 'outbid', lot);
      return items[0].data.price === 1150000 && items;
    });
    assert.equal((await told(aoi, 'outbid', lot)).length, 1);
    assert.ok(second.id > first.id, 'a newer one has a new id');
    (await aoi.api.post(`/api/notifications/${first.id}/read`)).refused('NOT_FOUND', 404);
    (await ben.api.post(`/api/notifications/${second.id}/read`)).refused('NOT_FOUND', 404);
    (await aoi.api.post(`/api/notifications/${second.id}/read`)).expect(204);
    (await aoi.api.post(`/api/notifications/${second.id}/read`)).expect(204);
    await bid(aoi, lot, 1200000);
    await bid(ben, lot, 1250000);
    await tells(aoi, 'outbid', lot, 2);
  });

  it('tell all who had to do with a lot how it ended: winner, consignor, bidders, watchers', async () => {
    const lot = await stack.lot((await stack.sale(SHORT)).id, { until: 'schedule', consignor: '牧場' });
    const { saleId } = await stack.auction(lot);
    for (const user of [aoi, ben]) await stack.bidder(user.name, saleId);
    (await fan.api.request('PUT', `/api/watchlist/${lot}`)).expect(204);
    await stack.command(lot, 'start');
    await bid(ben, lot, 1000000);
    await bid(aoi, lot, 1050000);
    await stack.ended(lot);
    const [won] = await tells(aoi, 'won', lot);
    const [sold] = await tells(breeder, 'sold', lot);
    const [result] = await tells(fan, 'result', lot);
    await tells(ben, 'result', lot);
    const { seq } = (await stack.ledger(lot)).at(-1);
    assert.deepEqual(won.data, { seq, price: 1050000 });
    assert.deepEqual(sold.data, { seq, price: 1050000 });
    assert.deepEqual(result.data, { seq, price: 1050000, result: 'sold' });
    assert.equal((await told(aoi, 'result', lot)).length + (await told(breeder, 'result', lot)).length, 0);
    const letter = await until('the winner to have a letter', async () => (await lettersTo(aoi.email)).find(({ subject }) => /^上場番号\d+「ハナノハハの2025」：落札しました$/.test(subject)));
    assert.match(letter.text, /1,050,000円/);
    await until('the consignor to have one', async () => (await lettersTo(breeder.email)).length === 1);
    assert.deepEqual(await lettersTo(fan.email), [], 'mail only where it is the default');
  });

  it('tell of a lot that passed, was withdrawn, or is opened again', async () => {
    const lots = [await stack.lot(sale.id, { consignor: '牧場' }), await stack.lot(sale.id, { consignor: '牧場' })];
    for (const lot of lots) (await fan.api.request('PUT', `/api/watchlist/${lot}`)).expect(204);
    const seqOf = async (lot) => (await stack.auction(lot)).seq;
    await stack.command(lots[0], 'pass', { expectedSeq: await seqOf(lots[0]) });
    await stack.command(lots[1], 'withdraw', { expectedSeq: await seqOf(lots[1]), reason: '故障' });
    await tells(breeder, 'passed', lots[0]);
    assert.equal((await tells(fan, 'result', lots[0]))[0].data.result, 'passed');
    const [withdrawn] = await tells(fan, 'result', lots[1]);
    assert.deepEqual([withdrawn.data.result, withdrawn.data.reason], ['withdrawn', '故障']);
    await tells(breeder, 'result', lots[1]);
    await stack.command(lots[0], 'reopen', { reason: '再開' });
    assert.equal((await tells(fan, 'reopened', lots[0]))[0].data.reason, '再開');
    await tells(breeder, 'reopened', lots[0]);
  });

  it('tell both bidders of a bid that was taken back', async () => {
    const lot = await stack.lot(sale.id);
    await bid(aoi, lot, 1000000);
    await bid(ben, lot, 1050000);
    await stack.command(lot, 'undo', { expectedSeq: (await stack.auction(lot)).seq, reason: '誤入力' });
    const [owner] = await tells(ben, 'bid_retracted', lot);
    const [leader] = await tells(aoi, 'bid_retracted', lot);
    assert.deepEqual([owner.data.role, owner.data.price, owner.data.reason], ['owner', 1050000, '誤入力']);
    assert.deepEqual([leader.data.role, leader.data.price], ['leader', 1000000]);
    await followed();
    assert.equal((await told(ben, 'outbid', lot)).length, 0, 'who lost the lead by it was not outbid');
  });

  it('tell once that a watched lot is about to start, by its hour or its turn', async () => {
    const office = (await stack.office()).api;
    const other = await stack.sale();
    const first = await stack.lot(other.id, { until: 'schedule' });
    const lots = [];
    for (let i = 0; i < 5; i++) lots.push(await stack.lot(other.id, { until: 'schedule' }));
    for (const lot of lots) (await fan.api.request('PUT', `/api/watchlist/${lot}`)).expect(204);
    await stack.command(first, 'start');
    for (const lot of lots.slice(0, 3)) await tells(fan, 'lot_soon', lot);
    assert.equal((await told(fan, 'lot_soon', lots[3])).length, 0);
    const timed = await stack.lot(other.id, { until: 'draft' });
    const startsAt = new Date(Date.now() + 300000).toISOString();
    (await office.post(`/api/auctions/${timed}/schedule`, { startsAt })).expect(200);
    (await fan.api.request('PUT', `/api/watchlist/${timed}`)).expect(204);
    const [soon] = await tells(fan, 'lot_soon', timed);
    assert.equal(soon.data.startsAtMs, Date.parse(startsAt));
    await stack.command(lots[0], 'start');
    await tells(fan, 'lot_soon', lots[3]);
    assert.equal((await told(fan, 'lot_soon')).length, 5);
  });

  it('can be read page by page, and marked up to what was seen', async () => {
    const all = (await fan.api.get('/api/notifications?limit=200')).expect(200);
    assert.equal(all.unread, all.items.length);
    assert.deepEqual(all.items.map(({ id }) => id), all.items.map(({ id }) => id).sort((a, b) => b - a));
    const page = (await fan.api.get('/api/notifications?limit=2')).expect(200);
    const next = (await fan.api.get(`/api/notifications?limit=2&after=${page.next}`)).expect(200);
    assert.deepEqual([...page.items, ...next.items], all.items.slice(0, 4));
    const { unread } = (await fan.api.post('/api/notifications/read', { upTo: all.items[1].id })).expect(200);
    assert.equal(unread, 1);
    const left = (await fan.api.get('/api/notifications?unread=true')).expect(200);
    assert.deepEqual(left.items.map(({ id }) => id), [all.items[0].id]);
    (await fan.api.post('/api/notifications/read', {})).refused('INVALID_MESSAGE', 400);
    (await fan.api.get('/api/notifications?after=x')).refused('INVALID_MESSAGE', 400);
    (await stack.api.get('/api/notifications')).refused('UNAUTHENTICATED', 401);
  });

  it('are told as each person wants them', async () => {
    const { items } = (await aoi.api.get('/api/notifications/settings')).expect(200);
    assert.deepEqual(items.filter(({ mail }) => mail).map(({ kind }) => kind), ['won', 'sold', 'passed', 'registration']);
    assert.ok(items.every(({ socket }) => socket));
    const put = (body) => aoi.api.request('PUT', '/api/notifications/settings', { body });
    const changed = (await put({ items: [{ kind: 'outbid', socket: false, mail: true }] })).expect(200);
    assert.deepEqual(changed.items[0], { kind: 'outbid', socket: false, mail: true });
    assert.deepEqual(changed.items.slice(1), items.slice(1));
    const faults = (await put({ items: [{ kind: 'nonsense', socket: 1 }, { kind: 'won', socket: true, mail: true }, { kind: 'won', socket: true, mail: true }] })).refused('INVALID_MESSAGE', 400).errors;
    assert.deepEqual(faults.map(({ field }) => field).sort(), ['items', 'items[0].kind', 'items[0].mail', 'items[0].socket']);

    const before = (await lettersTo(aoi.email)).length;
    const device = await stack.client(aoi, 0);
    const lot = await stack.lot(sale.id);
    await bid(aoi, lot, 1000000);
    await bid(ben, lot, 1050000);
    const [silent] = await tells(aoi, 'outbid', lot);
    await until('the letter', async () => (await lettersTo(aoi.email)).length > before);
    assert.match((await lettersTo(aoi.email)).at(-1).subject, /他の入札者が上回りました$/);
    await bid(aoi, lot, 1100000);
    await bid(ben, lot, 1150000);
    await until('the newer price', async () => (await told(aoi, 'outbid', lot))[0].data.price === 1150000);
    assert.ok(!device.events.some(({ event, data }) => event === 'notification' && data.id >= silent.id));
    assert.equal((await lettersTo(aoi.email)).length, before + 1, 'one letter as long as it is unread');
  });

  it('neither lose nor repeat anything when those who follow are killed', async () => {
    const lots = [];
    for (let i = 0; i < 6; i++) lots.push(await stack.lot(sale.id));
    for (const lot of lots) (await fan.api.request('PUT', `/api/watchlist/${lot}`)).expect(204);
    const kill = async (rest) => {
      rest.kill('SIGKILL');
      await rest.exited;
      stack.rests = stack.rests.filter((other) => other !== rest);
    };
    const [, second] = stack.rests;
    for (const [i, lot] of lots.entries()) {
      await stack.command(lot, 'pass', { expectedSeq: (await stack.auction(lot)).seq });
      if (i === 2) await kill(second);
    }
    await kill(stack.rest);
    await stack.startRest();
    for (const user of [aoi, ben, fan, breeder]) user.api = stack.api.as(user.token);
    const office = await stack.office();
    office.api = stack.api.as(office.token);
    for (const lot of lots) assert.equal((await tells(fan, 'result', lot)).length, 1);
    await followed();
    const before = stack.database.sql('SELECT count(*) FROM notifications');
    stack.database.sql('UPDATE followed SET seq = 0, leader = NULL');
    await followed();
    const repeated = stack.database.sql(`SELECT count(*) FROM (SELECT user_id, auction_id, kind, data ->> 'seq' FROM notifications WHERE auction_id IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING count(*) > 1) AS twice`);
    assert.equal(repeated, '0');
    assert.ok(Number(stack.database.sql('SELECT count(*) FROM notifications')) >= Number(before));
  });

  it('are in the list while Redis is away, and live when it is back', async () => {
    const live = await stack.client(fan, 0);
    await stack.redis.stop();
    const lot = await stack.lot(sale.id);
    (await fan.api.request('PUT', `/api/watchlist/${lot}`)).expect(204);
    await stack.command(lot, 'pass', { expectedSeq: (await stack.auction(lot)).seq });
    const [item] = await tells(fan, 'result', lot);
    assert.ok(!live.events.some(({ event }) => event === 'notification'));
    stack.redis = await startRedis(stack.folder.path, stack.redisPort);
    await live.event('notification', ({ id }) => id === item.id);
  });

  it('that were read long ago are forgotten', async () => {
    stack.database.sql(`UPDATE notifications SET read_at = now() - interval '91 days' WHERE user_id = ${fan.id}`);
    const id = stack.database.sql(`SELECT min(id) FROM notifications WHERE user_id = ${fan.id}`);
    stack.database.sql(`UPDATE notifications SET read_at = now() WHERE id = ${id}`);
    await stack.rest.stop();
    stack.rests = stack.rests.filter((other) => other !== stack.rest);
    await stack.startRest();
    fan.api = stack.api.as(fan.token);
    await until('them to be gone', async () => (await fan.api.get('/api/notifications')).expect(200).items.length === 1);
  });
});

describe("one's own lots", () => {
  let stack, sale, aoi, ben, lots;
  before(async () => {
    stack = await Stack.start({ nodes: 1 });
    sale = await stack.sale(SHORT);
    aoi = await stack.bidder('aoi', sale.id);
    ben = await stack.bidder('ben', sale.id);
    lots = [await stack.lot(sale.id, { until: 'schedule' }), await stack.lot(sale.id, { until: 'schedule' }), await stack.lot(sale.id, { until: 'draft' }), await stack.lot(sale.id, { until: 'schedule' })];
  });
  after(() => stack?.stop());
  const put = (user, lot) => user.api.request('PUT', `/api/watchlist/${lot}`);
  const list = async (user, query = '') => (await user.api.get(`/api/my/lots${query}`)).expect(200).items;

  it('are put on the watch list and taken off it, as often as one likes', async () => {
    for (const lot of [lots[3], lots[1], lots[1]]) (await put(aoi, lot)).expect(204);
    const watched = (await aoi.api.get('/api/watchlist')).expect(200).items;
    assert.deepEqual(watched.map(({ auction }) => auction.id), [lots[1], lots[3]]);
    const { serverMs, ...shown } = await stack.auction(lots[1]);
    assert.ok(serverMs <= watched[0].auction.serverMs + 5000);
    assert.deepEqual({ ...watched[0].auction, serverMs: undefined }, { ...shown, serverMs: undefined });
    assert.deepEqual(watched[0].mine, { watched: true, bid: false, leading: false, won: false, amount: null });
    for (let i = 0; i < 2; i++) (await aoi.api.request('DELETE', `/api/watchlist/${lots[3]}`)).expect(204);
    assert.equal((await aoi.api.get('/api/watchlist')).expect(200).items.length, 1);
    (await put(aoi, lots[2])).refused('AUCTION_NOT_FOUND', 404);
    (await put(aoi, 999999)).refused('AUCTION_NOT_FOUND', 404);
    (await put(await stack.office(), lots[2])).expect(204);
    (await stack.api.get('/api/watchlist')).refused('UNAUTHENTICATED', 401);
    (await stack.api.request('DELETE', `/api/watchlist/${lots[1]}`)).refused('UNAUTHENTICATED', 401);
    (await aoi.api.get('/api/watchlist?relation=won')).refused('INVALID_MESSAGE', 400);
  });

  it('are a thousand at most', async () => {
    stack.database.sql(`INSERT INTO auctions (sale_id, lot_number, horse_id, start_price) SELECT ${sale.id}, 1000 + n, (SELECT min(id) FROM horses), 1 FROM generate_series(1, 1000) AS n`);
    stack.database.sql(`INSERT INTO watchlist SELECT ${ben.id}, id FROM auctions WHERE lot_number > 1000`);
    (await put(ben, lots[1])).refused('CONFLICT', 409);
    stack.database.sql(`DELETE FROM watchlist WHERE user_id = ${ben.id}`);
    (await put(ben, lots[1])).expect(204);
  });

  it('are those watched, bid on, led and won, in one list', async () => {
    const [a, b] = [await stack.client(aoi, 0), await stack.client(ben, 0)];
    await stack.command(lots[0], 'start');
    assert.equal((await a.bid(lots[0], 1000000)).ok, true);
    assert.equal((await b.bid(lots[0], 1050000, { maxAmount: 1200000 })).ok, true);
    const [mine] = await list(aoi, '?relation=bid');
    assert.deepEqual([mine.auction.id, mine.mine.leading, mine.mine.amount], [lots[0], false, 1000000]);
    const [led] = await list(ben, '?relation=leading');
    assert.deepEqual([led.auction.id, led.mine.leading, led.mine.amount], [lots[0], true, 1200000]);
    assert.deepEqual((await list(aoi)).map(({ auction }) => auction.id), [lots[0], lots[1]]);
    const first = (await aoi.api.get('/api/my/lots?limit=1')).expect(200);
    const second = (await aoi.api.get(`/api/my/lots?limit=1&after=${first.next}`)).expect(200);
    assert.deepEqual([first.items[0].auction.id, second.items[0].auction.id, second.next], [lots[0], lots[1], null]);
    await stack.ended(lots[0]);
    assert.deepEqual((await list(ben, '?relation=won')).map(({ auction, mine: { won, leading } }) => [auction.id, won, leading]), [[lots[0], true, false]]);
    assert.deepEqual(await list(aoi, '?relation=won'), []);
    (await aoi.api.get('/api/my/lots?relation=owned')).refused('INVALID_MESSAGE', 400);
  });
});
