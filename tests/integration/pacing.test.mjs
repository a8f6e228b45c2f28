// What starts the lots of a sale, and how a whole sale is paused: with two REST processes, each of which would do it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { until } from './support/processes.mjs';
import { Stack } from './support/stack.mjs';

describe('the pacing of a sale', () => {
  let stack, office, other;
  before(async () => {
    stack = await Stack.start({ nodes: 1, env: { PACER_LOOK_MS: '20' } });
    other = stack.rest;
    await stack.startRest();
    office = (await stack.office()).api;
  });
  after(async () => {
    await other?.stop();
    await stack?.stop();
  });

  /** A running sale with scheduled lots; `plan` gives each its startsAt. */
  async function running(body, lots, plan = []) {
    const sale = await stack.sale({ durationMs: 600000, ...body });
    const ids = [];
    for (let i = 0; i < lots; i++) {
      ids.push(await stack.lot(sale.id, { until: 'draft' }));
      await stack.command(ids[i], 'schedule', plan[i] ? { startsAt: new Date(plan[i]).toISOString() } : {});
    }
    (await office.patch(`/api/sales/${sale.id}`, { status: 'running' }, '*')).expect(200);
    return { ...sale, lots: ids };
  }
  const states = async (sale) => Promise.all(sale.lots.map(async (id) => (await stack.auction(id)).status));
  const become = (sale, wanted, seconds = 20) => until(`lots to be ${wanted}`, async () => `${await states(sale)}` === `${wanted}`, seconds);
  /** The statuses stay so while another sale's lot, due at the same time, is started. */
  async function stay(sale, wanted) {
    const witness = await running({ pacingMode: 'together' }, 1);
    await become(witness, ['active']);
    assert.deepEqual(await states(sale), wanted);
  }
  const startedAt = async (id) => (await stack.ledger(id)).find(({ type }) => type === 'started').atMs;
  const command = (sale, name, body = {}) => office.post(`/api/sales/${sale.id}/${name}`, { commandId: randomUUID(), ...body });

  it('by interval starts one after the other, so long apart, and at most so many at once', async () => {
    const sale = await running({ pacingMode: 'interval', pacingIntervalMs: 1000, maxActive: 2 }, 4);
    await become(sale, ['active', 'active', 'scheduled', 'scheduled']);
    const [first, second] = await Promise.all(sale.lots.slice(0, 2).map(startedAt));
    assert.ok(second - first >= 1000, `${second - first} ms`);
    await stay(sale, ['active', 'active', 'scheduled', 'scheduled']);
    await stack.command(sale.lots[0], 'withdraw', { expectedSeq: 2, reason: '欠場' });
    await become(sale, ['withdrawn', 'active', 'active', 'scheduled']);
    assert.ok((await startedAt(sale.lots[2])) - second >= 1000);
    const log = await Promise.all(sale.lots.slice(0, 3).map((id) => stack.ledger(id)));
    assert.deepEqual(log.map((events) => events.filter(({ type }) => type === 'started').length), [1, 1, 1]);
  });

  it('one after another starts the next when none is under the hammer', async () => {
    const sale = await running({ pacingMode: 'sequential' }, 3);
    await become(sale, ['active', 'scheduled', 'scheduled']);
    await stack.command(sale.lots[0], 'pause');
    await stay(sale, ['paused', 'scheduled', 'scheduled']);
    await stack.command(sale.lots[0], 'withdraw', { expectedSeq: 3, reason: '欠場' });
    await become(sale, ['withdrawn', 'active', 'scheduled']);
  });

  it('all at once starts all, but none before the sale or the lot is due', async () => {
    const soon = Date.now() + 3000;
    const sale = await running({ pacingMode: 'together', startsAt: new Date(soon).toISOString() }, 2);
    const later = await running({ pacingMode: 'together' }, 2, [undefined, Date.now() + 3600000]);
    await become(later, ['active', 'scheduled']);
    await become(sale, ['active', 'active']);
    for (const id of sale.lots) assert.ok((await startedAt(id)) >= soon);
  });

  it('by their own plan starts lots at their startsAt, leaves those without to the command, and manual leaves all', async () => {
    const soon = Date.now() + 1500;
    const manual = await running({ pacingMode: 'manual' }, 1, [soon]);
    const sale = await running({}, 3, [soon + 3600000, undefined, soon]);
    await become(sale, ['scheduled', 'scheduled', 'active']);
    assert.ok((await startedAt(sale.lots[2])) >= soon);
    await stay(manual, ['scheduled']);
    await stack.command(manual.lots[0], 'start');
  });

  it('starts nothing of a sale that is not running or is paused', async () => {
    const sale = await running({ pacingMode: 'together' }, 1, [Date.now() + 3600000]);
    const lot = await stack.lot(sale.id, { until: 'draft' });
    assert.deepEqual((await command(sale, 'pause')).expect(200).lots, []);
    assert.match((await office.get(`/api/sales/${sale.id}`)).json.pausedAt, /Z$/);
    await stack.command(lot, 'schedule');
    await stay({ lots: [lot] }, ['scheduled']);
    (await command(sale, 'resume')).expect(200);
    await become({ lots: [lot] }, ['active']);
    const published = await stack.sale({ pacingMode: 'together' });
    const early = await stack.lot(published.id, { until: 'schedule' });
    await stay({ lots: [early] }, ['scheduled']);
  });

  it('pauses and resumes a whole sale with one command each, and a repeat changes nothing', async () => {
    const sale = await running({ pacingMode: 'together' }, 3);
    await become(sale, ['active', 'active', 'active']);
    await stack.command(sale.lots[0], 'pause', { reason: '放馬' });
    const pause = { commandId: randomUUID(), reason: '停電' };
    const paused = (await command(sale, 'pause', pause)).expect(200);
    assert.deepEqual(paused.lots.map(({ auctionId, ok, seq }) => [auctionId, ok, seq]), sale.lots.slice(1).map((id) => [id, true, 3]));
    const event = (await stack.ledger(sale.lots[1])).at(-1);
    assert.deepEqual([event.type, event.reason ?? event.text], ['paused', '停電']);

    const resumed = (await command(sale, 'resume')).expect(200);
    assert.deepEqual(resumed.lots.map(({ auctionId }) => auctionId), sale.lots.slice(1), 'the lot that was paused for a reason of its own stays');
    assert.deepEqual(await states(sale), ['paused', 'active', 'active']);

    const repeated = (await command(sale, 'pause', pause)).expect(200);
    assert.deepEqual([repeated.duplicate, repeated.lots], [true, paused.lots]);
    assert.deepEqual(await states(sale), ['paused', 'active', 'active']);
    (await command(sale, 'pause', { ...pause, reason: 'x' })).refused('COMMAND_ID_REUSED', 409);
    (await command(sale, 'resume', { commandId: pause.commandId })).refused('COMMAND_ID_REUSED', 409);
    assert.deepEqual((await command(sale, 'resume', { lots: 'all' })).expect(200).lots.map(({ auctionId }) => auctionId), [sale.lots[0]]);
    (await command({ id: 999999 }, 'pause')).refused('NOT_FOUND', 404);
    (await command({ id: 999999 }, 'resume')).refused('NOT_FOUND', 404);
    (await command(await stack.sale({ status: 'draft' }), 'pause')).refused('COMMAND_NOT_ALLOWED', 409);
  });

  it('goes on where a pause broke off', async () => {
    const sale = await running({ pacingMode: 'together' }, 3);
    await become(sale, ['active', 'active', 'active']);
    // A process that died after the first lot: the sale is marked, the first lot paused, the command not complete.
    const user = await stack.office();
    const commandId = randomUUID();
    stack.database.sql(`INSERT INTO sale_commands (sale_id, command_id, user_id, kind, content) VALUES (${sale.id}, '${commandId}', ${user.id}, 'pause', '{}')`);
    stack.database.sql(`UPDATE sales SET paused_at = now() WHERE id = ${sale.id}`);
    await stack.command(sale.lots[0], 'pause', { commandId });
    const answer = (await command(sale, 'pause', { commandId })).expect(200);
    assert.deepEqual([answer.duplicate, answer.lots.map(({ ok, seq }) => [ok, seq])], [true, [[true, 3], [true, 3], [true, 3]]]);
    assert.deepEqual(await states(sale), ['paused', 'paused', 'paused']);
  });

  it('pauses all others where one lot cannot be paused, and that one when it is repeated', async () => {
    const sale = await running({ pacingMode: 'together' }, 3);
    await become(sale, ['active', 'active', 'active']);
    const commandId = randomUUID();
    stack.database.sql(`CREATE TRIGGER stuck BEFORE UPDATE ON auctions FOR EACH ROW WHEN (OLD.id = ${sale.lots[0]}) EXECUTE FUNCTION refuse_change()`);
    (await command(sale, 'pause', { commandId })).refused('UNCERTAIN', 503);
    assert.deepEqual(await states(sale), ['active', 'paused', 'paused']);
    stack.database.sql('DROP TRIGGER stuck ON auctions');
    const answer = (await command(sale, 'pause', { commandId })).expect(200);
    assert.deepEqual(answer.lots.map(({ ok, seq }) => [ok, seq]), [[true, 3], [true, 3], [true, 3]]);
  });

  it('of two commands about a sale, one while the other is under way, ends as the later would have it', async () => {
    const sale = await running({ pacingMode: 'together' }, 3);
    await become(sale, ['active', 'active', 'active']);
    const psql = spawn('psql', ['-X', '-q', '-d', stack.database.url], { stdio: ['pipe', 'ignore', 'inherit'] });
    const commandId = randomUUID();
    let pausing;
    try {
      psql.stdin.write(`BEGIN; SELECT FROM auctions WHERE id = ${sale.lots[1]} FOR UPDATE;\n`);
      await until('the second lot to be held', () => stack.database.sql(`SELECT count(*) FROM (SELECT FROM auctions WHERE id = ${sale.lots[1]} FOR UPDATE SKIP LOCKED) AS free`) === '0');
      pausing = command(sale, 'pause', { commandId });
      await become(sale, ['paused', 'active', 'active']);
      assert.deepEqual((await command(sale, 'resume', { lots: 'outage' })).expect(200).lots, [], 'says nothing about the sale');
      const resumed = (await command(sale, 'resume')).expect(200);
      assert.deepEqual(resumed.lots.map(({ auctionId, ok }) => [auctionId, ok]), [[sale.lots[0], true]]);
    } finally {
      psql.stdin.end('ROLLBACK;\n');
    }
    const reached = [[sale.lots[0], true, 3]];
    assert.deepEqual((await pausing).expect(200).lots.map(({ auctionId, ok, seq }) => [auctionId, ok, seq]), reached);
    assert.deepEqual(await states(sale), ['active', 'active', 'active']);
    const again = (await command(sale, 'pause', { commandId })).expect(200);
    assert.deepEqual([again.duplicate, again.lots.map(({ auctionId, ok, seq }) => [auctionId, ok, seq])], [true, reached]);
    assert.deepEqual(await states(sale), ['active', 'active', 'active']);
  });

  /** The process whose connection to the database has this port. */
  function processAt(port) {
    const line = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((text) => text.trim().split(/\s+/))
      .find((parts) => parts[1]?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`));
    const opens = ({ child: { pid } }) => readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${line[9]}]`;
      } catch {
        return false; // closed meanwhile
      }
    });
    return [other, stack.rest].find(opens);
  }

  it('goes on when the process that paces is frozen in the midst of it', async () => {
    const sale = await running({ pacingMode: 'together' }, 2, [Date.now() + 3600000, Date.now() + 3600000]);
    const psql = spawn('psql', ['-X', '-q', '-d', stack.database.url], { stdio: ['pipe', 'ignore', 'inherit'] });
    let frozen;
    try {
      psql.stdin.write('BEGIN; LOCK TABLE sales IN ACCESS EXCLUSIVE MODE;\n');
      const port = await until('one that paces to wait for the sales', () => Number(stack.database.sql(`
        SELECT client_port FROM pg_stat_activity
        JOIN pg_locks AS held USING (pid) JOIN pg_locks AS wanted USING (pid)
        WHERE held.locktype = 'advisory' AND held.granted AND wanted.relation = 'sales'::regclass AND NOT wanted.granted`)));
      frozen = processAt(port);
      frozen.kill('SIGSTOP');
      psql.stdin.end(`ROLLBACK; UPDATE auctions SET starts_at = now() WHERE id IN (${sale.lots});\n`);
      const status = `SELECT string_agg(DISTINCT status, ',') FROM auctions WHERE id IN (${sale.lots})`;
      await until('the other to start the lots', () => stack.database.sql(status) === 'active');
    } finally {
      psql.stdin.end();
      frozen?.kill('SIGCONT');
    }
    await become(sale, ['active', 'active']);
    const log = await Promise.all(sale.lots.map((id) => stack.ledger(id)));
    assert.deepEqual(log.map((events) => events.filter(({ type }) => type === 'started').length), [1, 1]);
  });

  it('goes on after an outage, and one command resumes the lots that it paused', async () => {
    const sale = await running({ pacingMode: 'sequential' }, 2);
    await become(sale, ['active', 'scheduled']);
    const node = stack.nodes[0];
    node.kill('SIGSTOP');
    await until('nobody to watch', () => stack.database.sql("SELECT alive_at < now() - interval '3 seconds' FROM liveness") === 't');
    const asleep = await running({ pacingMode: 'together' }, 1);
    await new Promise((done) => setTimeout(done, 300));
    assert.deepEqual(await states(asleep), ['scheduled'], 'nothing starts while nobody watches over the clocks');
    node.kill('SIGCONT');
    await become(sale, ['paused', 'scheduled']);
    await become(asleep, ['active']);
    const own = await command(sale, 'resume');
    assert.deepEqual(own.expect(200).lots, [], 'no pause of the sale paused them');
    const answer = (await command(sale, 'resume', { lots: 'outage' })).expect(200);
    assert.deepEqual(answer.lots.map(({ auctionId, ok }) => [auctionId, ok]), [[sale.lots[0], true]]);
    assert.deepEqual(await states(sale), ['active', 'scheduled']);
  });
});
